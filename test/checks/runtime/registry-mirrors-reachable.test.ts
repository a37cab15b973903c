import { registryMirrorsReachable } from '../../../src/checks/runtime/registry-mirrors-reachable.ts';
import { testCheck } from '../../check-tester.ts';

const good = { url: 'https://m', answered: true, said: 'HTTP 401' };
const dead = { url: 'http://127.0.0.1:9', answered: false, said: 'Connection refused' };

testCheck(registryMirrorsReachable, {
  pass: [{ name: 'an answer, whichever', facts: { mirrors: [good] }, observed: 'https://m: HTTP 401' }],
  fail: [
    {
      name: 'one that is dead',
      facts: { mirrors: [good, dead] },
      message: 'a mirror does not answer from this host: http://127.0.0.1:9',
      severity: 'warning',
      fixedByApply: false,
    },
    { name: 'two', facts: { mirrors: [dead, { ...dead, url: 'b' }] }, message: /^2 mirrors do not answer/ },
  ],
  skip: [{ name: 'none', facts: { mirrors: [] }, reason: /has a mirror in its files/ }],
});
