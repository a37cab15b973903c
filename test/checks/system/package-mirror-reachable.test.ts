import { packageMirrorReachable } from '../../../src/checks/system/package-mirror-reachable.ts';
import { testCheck } from '../../check-tester.ts';

const good = { url: 'https://m', answered: true, said: 'HTTP 200' };
const dead = { url: 'http://127.0.0.1:9', answered: false, said: 'Connection refused' };

testCheck(packageMirrorReachable, {
  pass: [{ name: 'an answer, whichever', facts: { packageMirrors: [good] }, observed: 'https://m: HTTP 200' }],
  fail: [
    {
      name: 'one that is dead',
      facts: { packageMirrors: [dead] },
      message: 'the mirror of packages does not answer from this host: http://127.0.0.1:9',
      severity: 'warning',
      fixedByApply: false,
    },
  ],
  skip: [{ name: 'none', facts: { packageMirrors: [] }, reason: /names a mirror/ }],
});
