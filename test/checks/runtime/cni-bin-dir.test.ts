import { cniBinDir } from '../../../src/checks/runtime/cni-bin-dir.ts';
import { aCrio } from '../../crio.ts';
import { absentContainerd, containerdFact, recordedDump, testRuntimeCheck } from './facts.ts';

const node = (name: string) => ({ containerd: containerdFact({ dump: recordedDump(name) }) });
const crioWith = (pluginDirs: readonly string[]) => ({
  crio: aCrio(
    {},
    { inForce: { cgroupManager: 'systemd', pauseImage: 'p', pluginDirs, defaultHandler: 'crun', handlers: ['crun'] } },
  ),
});
const upstream = {
  containerd: containerdFact({ dump: recordedDump('trixie').replace('"/usr/lib/cni"', '"/opt/cni/bin"') }),
};

testRuntimeCheck(cniBinDir, {
  pass: [
    { name: "upstream's default", facts: upstream, observed: 'CNI plugins in /opt/cni/bin' },
    { name: 'as the inventory says, 1.7', facts: node('trixie'), desired: { runtime: { cniBinDir: '/usr/lib/cni' } } },
    { name: 'as the inventory says, 2.1', facts: node('sid'), desired: { runtime: { cniBinDir: '/usr/lib/cni' } } },
    { name: 'CRI-O', facts: crioWith(['/opt/cni/bin/']), desired: { runtime: { name: 'cri-o' } } },
  ],
  fail: [
    {
      name: "Debian's package",
      facts: node('trixie'),
      severity: 'info',
      observed: 'CNI plugins in /usr/lib/cni',
      fixedByApply: false,
    },
    {
      name: 'not as the inventory says',
      facts: upstream,
      desired: { runtime: { cniBinDir: '/srv/cni' } },
      severity: 'warning',
      fixedByApply: true,
    },
    {
      name: 'CRI-O of a distribution',
      facts: crioWith(['/usr/libexec/cni']),
      desired: { runtime: { name: 'cri-o' } },
      message: 'CRI-O does not look for CNI plugins in /opt/cni/bin, where most networks install them',
      severity: 'info',
    },
  ],
  skip: [{ name: 'none', facts: { containerd: absentContainerd }, reason: /not installed/ }],
  unknown: [
    { name: 'no TOML', facts: { containerd: containerdFact({ dump: '[[' }) }, reason: /not TOML/ },
    {
      name: 'a CRI-O that does not run',
      facts: { crio: aCrio({}, { inForce: undefined }) },
      desired: { runtime: { name: 'cri-o' } },
      reason: /does not tell/,
    },
  ],
});
