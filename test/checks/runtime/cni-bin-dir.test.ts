import { cniBinDir } from '../../../src/checks/runtime/cni-bin-dir.ts';
import { testCheck } from '../../check-tester.ts';
import { absentContainerd, containerdFact, recordedDump } from './facts.ts';

const node = (name: string) => ({ containerd: containerdFact({ dump: recordedDump(name) }) });
const upstream = {
  containerd: containerdFact({ dump: recordedDump('trixie').replace('"/usr/lib/cni"', '"/opt/cni/bin"') }),
};

testCheck(cniBinDir, {
  pass: [
    { name: "upstream's default", facts: upstream, observed: 'CNI plugins in /opt/cni/bin' },
    { name: 'as the inventory says, 1.7', facts: node('trixie'), desired: { runtime: { cniBinDir: '/usr/lib/cni' } } },
    { name: 'as the inventory says, 2.1', facts: node('sid'), desired: { runtime: { cniBinDir: '/usr/lib/cni' } } },
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
  ],
  skip: [{ name: 'none', facts: { containerd: absentContainerd }, reason: /not installed/ }],
  unknown: [{ name: 'no TOML', facts: { containerd: containerdFact({ dump: '[[' }) }, reason: /not TOML/ }],
});
