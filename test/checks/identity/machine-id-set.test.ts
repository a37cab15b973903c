import { machineIdSet } from '../../../src/checks/identity/machine-id-set.ts';
import { testCheck } from '../../check-tester.ts';
import { identityFact } from '../facts.ts';

const facts = (machineId: string) => ({ identity: identityFact({ machineId }) });

testCheck(machineIdSet, {
  pass: [{ name: 'set', facts: facts('b50f08fe94cb42c59d1da0ee93285391') }],
  fail: [
    {
      name: 'empty, as golden images have it',
      facts: facts(''),
      observed: '/etc/machine-id is empty',
      severity: 'warning',
    },
    { name: 'not initialised', facts: facts('uninitialized') },
    { name: 'all zero', facts: facts('0'.repeat(32)) },
    { name: '31 digits', facts: facts('a'.repeat(31)) },
  ],
});
