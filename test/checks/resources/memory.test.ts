import { memory } from '../../../src/checks/resources/memory.ts';
import { testCheck } from '../../check-tester.ts';

const facts = (mib: number) => ({ resources: { cpus: 1, memTotalKib: mib * 1024, memAvailableKib: 1 } });
const controlPlane = { desired: { role: 'control-plane' } } as const;

testCheck(memory, {
  pass: [
    { name: 'at the limit', facts: facts(1700), ...controlPlane, observed: '1700 MiB' },
    { name: 'above', facts: facts(1701) },
  ],
  fail: [
    { name: 'a control plane just below', facts: facts(1699.9), ...controlPlane, severity: 'error' },
    { name: 'a worker just below', facts: facts(1699.9), severity: 'warning' },
  ],
});
