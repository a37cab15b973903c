import { uniqueHostname } from '../../../src/checks/fleet/unique-hostname.ts';
import { testFleetCheck } from '../../check-tester.ts';
import { identityFact } from '../facts.ts';

const host = (hostname: string) => ({ identity: identityFact({ hostname }) });

testFleetCheck(uniqueHostname, {
  pass: [{ name: 'two names', hosts: { a: host('a'), b: host('b') }, observed: '2 hosts' }],
  fail: [
    { name: 'one name twice', hosts: { a: host('x'), b: host('y'), c: host('x') }, observed: 'x on a, c' },
    { name: 'the same but for case', hosts: { a: host('X'), b: host('x') } },
    {
      name: 'two names twice',
      hosts: { a: host('x'), b: host('y'), c: host('x'), d: host('y') },
      observed: 'x on a, c; y on b, d',
    },
  ],
});
