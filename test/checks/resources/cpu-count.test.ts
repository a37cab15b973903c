import { cpuCount } from '../../../src/checks/resources/cpu-count.ts';
import { testCheck } from '../../check-tester.ts';

const facts = (cpus: number) => ({ resources: { cpus, memTotalKib: 1, memAvailableKib: 1 } });
const controlPlane = { desired: { role: 'control-plane' } } as const;

testCheck(cpuCount, {
  pass: [
    { name: 'a worker with one', facts: facts(1), observed: '1 CPU' },
    { name: 'a control plane with two', facts: facts(2), ...controlPlane },
    { name: 'a control plane with three', facts: facts(3), ...controlPlane },
  ],
  fail: [
    { name: 'a control plane with one', facts: facts(1), ...controlPlane, severity: 'error', expected: '2 or more' },
  ],
});
