import { uniqueMachineId } from '../../../src/checks/fleet/unique-machine-id.ts';
import { testFleetCheck } from '../../check-tester.ts';
import { identityFact } from '../facts.ts';

const host = (machineId: string) => ({ identity: identityFact({ machineId }) });

testFleetCheck(uniqueMachineId, {
  pass: [
    { name: 'two ids', hosts: { a: host('1'), b: host('2') } },
    { name: 'two hosts without one, which another rule tells', hosts: { a: host(''), b: host('') } },
  ],
  fail: [
    { name: 'clones', hosts: { a: host('1'), b: host('1'), c: host('2') }, severity: 'error', observed: '1 on a, b' },
  ],
});
