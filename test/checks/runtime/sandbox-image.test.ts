import { sandboxImage } from '../../../src/checks/runtime/sandbox-image.ts';
import { aFile } from '../../host-file.ts';
import {
  absentContainerd,
  containerdFact,
  daemonStart,
  recorded,
  recordedDump,
  stopped,
  testRuntimeCheck,
} from './facts.ts';

testRuntimeCheck(sandboxImage, {
  pass: [
    {
      name: '1.7 tells it over CRI',
      facts: recorded('trixie-nvidia'),
      observed: 'registry.k8s.io/pause:3.10.1 (CRI Status)',
    },
    {
      name: '2.1 does not; its dump is current',
      facts: recorded('sid-nvidia'),
      observed: 'registry.k8s.io/pause:3.10.1 (containerd config dump)',
    },
  ],
  fail: [
    {
      name: '1.6 as packaged',
      facts: recorded('bookworm'),
      observed: 'in force: registry.k8s.io/pause:3.6 (CRI Status)',
      fixedByApply: true,
    },
    {
      name: '1.7 as packaged',
      facts: recorded('trixie'),
      observed: 'in force: registry.k8s.io/pause:3.8 (CRI Status)',
    },
    {
      name: '2.1 as packaged',
      facts: recorded('sid'),
      observed: 'in force: registry.k8s.io/pause:3.10 (containerd config dump)',
    },
    {
      name: '1.7 runs with another than its file says by now',
      facts: {
        ...recorded('trixie'),
        containerd: containerdFact({
          dump: recordedDump('trixie-nvidia'),
          config: aFile('/etc/containerd/config.toml', '', daemonStart + 60),
        }),
      },
      observed: /pause:3\.8/,
    },
  ],
  skip: [
    { name: 'no containerd', facts: { containerd: absentContainerd, cri: {}, services: {} }, reason: /not installed/ },
    { name: 'not running', facts: { ...recorded('sid'), services: stopped }, reason: /does not run/ },
  ],
  unknown: [
    {
      name: '2.1, and a file that is newer than the daemon',
      facts: recorded('sid-nvidia', { config: aFile('/etc/containerd/config.toml', '', daemonStart + 1) }),
      reason: /newer than the running containerd/,
    },
    { name: 'a dump without one', facts: recorded('sid', { dump: 'version = 3\n' }), reason: /names no sandbox image/ },
  ],
});
