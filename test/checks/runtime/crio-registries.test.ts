import { crioRegistries } from '../../../src/checks/runtime/crio-registries.ts';
import { testCheck } from '../../check-tester.ts';
import { aCrio, noCrio } from '../../crio.ts';
import { aFile } from '../../host-file.ts';

const desired = { runtime: { name: 'cri-o' } } as const;
const site = '/etc/containers/registries.conf.d/50-site.conf';
const having = (text?: string, path = site) => ({
  crio: aCrio(),
  registryFiles: { roots: [], directories: [], files: text === undefined ? [] : [aFile(path, text)] },
});

testCheck(crioRegistries, {
  pass: [
    { name: 'no file', facts: having(), desired, observed: 'no registries.conf' },
    { name: 'of its format', facts: having('[[registry]]\nlocation = "quay.io"\n'), desired, observed: site },
    { name: 'certificates are no such file', facts: having('x', '/etc/containers/certs.d/q/ca.crt'), desired },
  ],
  fail: [
    {
      name: 'no TOML',
      facts: having('[[registry]]\nlocation = \n'),
      desired,
      observed: /^\/etc\/containers\/registries\.conf\.d\/50-site\.conf:2:\d+: /,
      fixedByApply: false,
    },
    {
      name: 'the first version',
      facts: having('[registries.search]\nregistries = []\n', '/etc/containers/registries.conf'),
      desired,
      observed: /first version of its format/,
      fixedByApply: false,
    },
  ],
  skip: [
    { name: 'none', facts: { ...having(), crio: noCrio }, desired, reason: /not installed/ },
    { name: 'containerd is asked for', facts: having(), reason: /asks for containerd/ },
  ],
});
