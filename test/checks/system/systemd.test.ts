import { systemd } from '../../../src/checks/system/systemd.ts';
import { testCheck } from '../../check-tester.ts';

const facts = (isSystemd: boolean, version: number | null) => ({
  initSystem: { systemd: isSystemd, version, bootId: 'x', bootedAtSeconds: 1 },
});

testCheck(systemd, {
  pass: [
    { name: 'with version', facts: facts(true, 257), observed: 'systemd 257' },
    { name: 'without', facts: facts(true, null), observed: 'systemd' },
  ],
  fail: [
    { name: 'none', facts: facts(false, null), message: /cgroup driver is systemd/ },
    {
      name: 'none, with cgroupfs',
      facts: facts(false, null),
      desired: { runtime: { cgroupDriver: 'cgroupfs' } },
      message: /bring units for it/,
    },
  ],
});
