import { rootAccess } from '../../../src/checks/access/root-access.ts';
import { testCheck } from '../../check-tester.ts';

testCheck(rootAccess, {
  pass: [
    { name: 'login', facts: { access: { user: 'root', uid: 0, root: true, reason: '' } }, observed: 'root' },
    {
      name: 'sudo',
      facts: { access: { user: 'ops', uid: 1000, root: true, reason: '' } },
      observed: 'root by sudo for ops',
    },
  ],
  fail: [
    {
      name: 'none',
      facts: { access: { user: 'ops', uid: 1000, root: false, reason: 'sudo asks for a password.' } },
      severity: 'warning',
      message: 'root cannot be had: sudo asks for a password',
      remedy: /ops ALL=\(root\) NOPASSWD/,
    },
  ],
});
