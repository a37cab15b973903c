import { crictlConfig } from '../../../src/checks/programs/crictl-config.ts';
import type { CrictlConfig } from '../../../src/facts/crictl-config.ts';
import { testCheck } from '../../check-tester.ts';
import { aFile } from '../../host-file.ts';

const tools = { crictl: '/usr/bin/crictl' };
const config = (found: Partial<CrictlConfig> = {}, text: string | undefined = 'x'): CrictlConfig => ({
  file: aFile('/etc/crictl.yaml', text),
  runtimeEndpoint: undefined,
  imageEndpoint: undefined,
  problem: undefined,
  ...found,
});
const ours = 'unix:///run/containerd/containerd.sock';
const theirs = 'unix:///var/run/crio/crio.sock';

testCheck(crictlConfig, {
  pass: [
    { name: 'ours', facts: { tools, crictlConfig: config({ runtimeEndpoint: ours }) }, observed: /containerd\.sock/ },
    {
      name: 'of the runtime that is wanted',
      facts: { tools, crictlConfig: config({ runtimeEndpoint: theirs, imageEndpoint: theirs }) },
      desired: { runtime: { name: 'cri-o' } },
    },
  ],
  fail: [
    {
      name: 'another runtime',
      facts: { tools, crictlConfig: config({ runtimeEndpoint: theirs }) },
      message: `crictl asks ${theirs}, not the runtime of this node`,
      severity: 'warning',
      fixedByApply: true,
    },
    {
      name: 'images of another runtime',
      facts: { tools, crictlConfig: config({ runtimeEndpoint: ours, imageEndpoint: theirs }) },
      message: /crictl asks .*crio/,
    },
    { name: 'no file', facts: { tools, crictlConfig: config({}, undefined) }, severity: 'info', fixedByApply: true },
    { name: 'no YAML', facts: { tools, crictlConfig: config({ problem: 'x' }) }, fixedByApply: false },
  ],
  skip: [{ name: 'no crictl', facts: { tools: {}, crictlConfig: config() }, reason: /no crictl/ }],
});
