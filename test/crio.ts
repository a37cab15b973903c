import type { Crio } from '../src/facts/crio.ts';
import { aFile } from './host-file.ts';

export const noCrio: Crio = {
  binary: '',
  version: undefined,
  config: aFile('/etc/crio/crio.conf', undefined),
  dropIns: [],
  ownDropIn: aFile('/etc/crio/crio.conf.d/99-nodeprep.conf', undefined),
  configError: undefined,
  inForce: undefined,
  overrides: [],
  replacedPids: [],
  policies: ['/etc/crio/policy.json', '/etc/containers/policy.json'].map(path => aFile(path, undefined)),
  registries: [],
  unitFile: aFile('/usr/local/lib/systemd/system/crio.service', undefined),
  ownDirectories: ['/etc/crio/auth', '/etc/crio/policies', '/etc/cni/net.d', '/opt/cni/bin'].map(path =>
    aFile(path, undefined),
  ),
};

/** CRI-O 1.36 with these files in crio.conf.d, in the order that CRI-O reads them; synthetic. */
export const aCrio = (files: Readonly<Record<string, string>> = {}, crio: Partial<Crio> = {}): Crio => {
  const dropIns = Object.entries(files).map(([name, text]) => aFile(`/etc/crio/crio.conf.d/${name}`, text));
  return {
    ...noCrio,
    binary: '/usr/bin/crio',
    version: '1.36.1',
    dropIns,
    ownDropIn: dropIns.find(({ path }) => path === noCrio.ownDropIn.path) ?? noCrio.ownDropIn,
    inForce: {
      cgroupManager: 'systemd',
      pauseImage: 'registry.k8s.io/pause:3.10.1',
      pluginDirs: ['/opt/cni/bin/'],
      defaultHandler: 'crun',
      handlers: ['crun', 'runc'],
    },
    policies: noCrio.policies.map(({ path }) => aFile(path, '{}\n')),
    registries: ['/etc/containers/registries.conf.d/crio.conf'],
    ownDirectories: noCrio.ownDirectories.map(file => ({ ...file, type: 'directory', mode: '0755' })),
    ...crio,
  };
};
