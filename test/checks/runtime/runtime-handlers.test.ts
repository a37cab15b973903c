import { runtimeHandlers } from '../../../src/checks/runtime/runtime-handlers.ts';
import { aFile } from '../../host-file.ts';
import { containerdFact, crioRuns, daemonStart, recorded, recordedDump, testRuntimeCheck } from './facts.ts';

const crun = `
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]
runtime_type = "io.containerd.runc.v2"
`;
const dump = (options: string) => ({
  ...recorded('trixie'),
  cri: {},
  containerd: containerdFact({ dump: `${recordedDump('trixie')}${crun}${options}` }),
});
const binary = `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun.options]\nBinaryName = "/usr/bin/crun"\n`;
const both = { runtime: { handlers: ['runc', 'crun'] } } as const;

testRuntimeCheck(runtimeHandlers, {
  pass: [
    {
      name: 'runc of 1.7 as packaged',
      facts: recorded('trixie'),
      desired: { runtime: { handlers: ['runc'], defaultHandler: 'runc' } },
      observed: 'runc, default runc (CRI Status)',
    },
    {
      name: 'crun, by the files that the daemon has read',
      facts: dump(binary),
      desired: both,
      observed: 'runc, crun, default runc (containerd config dump)',
    },
    {
      name: 'CRI-O tells what it holds in memory',
      facts: crioRuns('systemd'),
      desired: { runtime: { name: 'cri-o', ...both.runtime, defaultHandler: 'crun' } },
      observed: 'runc, crun, default crun (crio status config)',
    },
  ],
  fail: [
    {
      name: 'no crun',
      facts: recorded('sid'),
      desired: both,
      message: 'containerd does not have crun',
      observed: 'in force: runc, default runc (CRI Status)',
      fixedByApply: true,
    },
    {
      name: 'a crun that would run runc',
      facts: dump(''),
      desired: both,
      message: 'containerd does not have crun',
    },
    {
      name: 'another default',
      facts: dump(binary),
      desired: { runtime: { ...both.runtime, defaultHandler: 'crun' } },
      message: 'its default handler is runc',
      expected: 'runc, crun, default crun',
    },
  ],
  skip: [{ name: 'nothing asked for', facts: recorded('trixie'), reason: /names no handlers/ }],
  unknown: [
    {
      name: 'a file that is newer than the daemon, which does not answer',
      facts: {
        ...dump(binary),
        containerd: containerdFact({ config: aFile('/etc/containerd/config.toml', '', daemonStart + 60) }),
      },
      desired: both,
      reason: /is newer than the running containerd/,
    },
  ],
});
