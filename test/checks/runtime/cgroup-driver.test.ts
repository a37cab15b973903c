import { cgroupDriver } from '../../../src/checks/runtime/cgroup-driver.ts';
import { aFile } from '../../host-file.ts';
import {
  absentContainerd,
  answers,
  containerdFact,
  containerdService,
  crioRuns,
  daemonStart,
  recorded,
  recordedCri,
  recordedDump,
  silent,
  stopped,
  testRuntimeCheck,
} from './facts.ts';

const noBridge = answers(silent('no bridge to be had'));
const fromDump = (mtimeSeconds: number) => ({
  containerd: containerdFact({ config: aFile('/etc/containerd/config.toml', 'version = 2\n', mtimeSeconds) }),
  cri: noBridge,
  services: containerdService(),
});

testRuntimeCheck(cgroupDriver, {
  pass: [
    {
      name: 'CRI-O tells it by RuntimeConfig',
      facts: crioRuns('systemd'),
      desired: { runtime: { name: 'cri-o' } },
      observed: 'systemd for handler default (CRI RuntimeConfig)',
    },
    {
      name: '1.7 with cgroupfs as planned',
      facts: recorded('trixie'),
      desired: { runtime: { cgroupDriver: 'cgroupfs' } },
      observed: 'cgroupfs for handler runc (CRI Status)',
    },
    {
      name: '2.1 with cgroupfs as planned',
      facts: recorded('sid'),
      desired: { runtime: { cgroupDriver: 'cgroupfs' } },
      observed: 'cgroupfs for handler runc (CRI RuntimeConfig)',
    },
    {
      name: 'the dump, written in the second in which the daemon started',
      facts: fromDump(daemonStart + 0.9),
      desired: { runtime: { cgroupDriver: 'cgroupfs' } },
      observed: 'cgroupfs for handler runc (containerd config dump)',
    },
  ],
  fail: [
    {
      name: 'CRI-O on the other driver',
      facts: crioRuns('cgroupfs'),
      desired: { runtime: { name: 'cri-o' } },
      message: 'cgroup driver of CRI-O is cgroupfs for default, the plan is systemd',
    },
    ...['bookworm', 'trixie'].map(name => ({
      name: `${name} as packaged`,
      facts: recorded(name),
      message: 'cgroup driver of containerd is cgroupfs for runc, the plan is systemd',
      observed: 'in force: cgroupfs for handler runc (CRI Status)',
      fixedByApply: true,
    })),
    {
      name: 'sid as packaged',
      facts: recorded('sid'),
      observed: 'in force: cgroupfs for handler runc (CRI RuntimeConfig)',
    },
    {
      name: 'right for runc, wrong for the default handler; gvisor has none',
      facts: recorded('trixie-nvidia'),
      message: 'cgroup driver of containerd is cgroupfs for nvidia, the plan is systemd',
      observed: 'in force: cgroupfs for handler nvidia, systemd for handler runc (CRI Status)',
    },
    {
      name: 'the same on 2.1',
      facts: recorded('sid-nvidia'),
      observed: 'in force: cgroupfs for handler nvidia, systemd for handler runc (CRI RuntimeConfig)',
    },
    {
      name: 'the file is right, the daemon has not read it',
      facts: {
        ...recorded('trixie'),
        containerd: containerdFact({
          dump: recordedDump('trixie').replace('SystemdCgroup = false', 'SystemdCgroup = true'),
        }),
      },
      observed: /^in force: cgroupfs/,
    },
    {
      name: 'the other way round',
      facts: { ...recorded('sid-nvidia') },
      desired: { runtime: { cgroupDriver: 'cgroupfs' } },
      message: 'cgroup driver of containerd is systemd for runc, the plan is cgroupfs',
    },
  ],
  skip: [
    { name: 'no containerd', facts: { containerd: absentContainerd, cri: {}, services: {} }, reason: /not installed/ },
    { name: 'not running', facts: { ...recorded('trixie'), cri: {}, services: stopped }, reason: /does not run/ },
    { name: 'running without CRI', facts: { ...recorded('trixie-registry-conflict') }, reason: /see cri-enabled/ },
    {
      name: 'another runtime',
      facts: recorded('trixie'),
      desired: { runtime: { name: 'docker' } },
      reason: 'needs a runtime: Docker Engine is not installed',
    },
  ],
  unknown: [
    {
      name: 'no CRI, and a file that is newer than the daemon',
      facts: fromDump(daemonStart + 1),
      reason: /config\.toml is newer than the running containerd.*no bridge to be had/,
    },
    {
      name: 'no CRI, and an import that is newer',
      facts: {
        ...fromDump(0),
        containerd: containerdFact({ imports: [aFile('/etc/containerd/conf.d/99-nvidia.toml', '', daemonStart + 1)] }),
      },
      reason: /conf\.d\/99-nvidia\.toml is newer/,
    },
    {
      name: 'no CRI, no dump',
      facts: { ...fromDump(0), containerd: containerdFact({ dump: undefined, dumpError: 'bad' }) },
      reason: /see containerd-config/,
    },
    {
      name: 'no CRI, a dump that is none',
      facts: { ...fromDump(0), containerd: containerdFact({ dump: '[[[' }) },
      reason: /not TOML/,
    },
  ],
});

// RuntimeConfig is what the kubelet will believe, whatever Status says of the default handler.
testRuntimeCheck(cgroupDriver, {
  pass: [
    {
      name: 'RuntimeConfig says systemd',
      facts: {
        ...recorded('sid'),
        cri: answers({ ...recordedCri('sid'), answered: true, cgroupDriver: 'systemd' } as ReturnType<
          typeof recordedCri
        >),
      },
      observed: 'systemd for handler runc (CRI RuntimeConfig)',
    },
  ],
  fail: [{ name: 'RuntimeConfig says cgroupfs', facts: recorded('sid') }],
});
