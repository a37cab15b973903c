import { namespaceQuotas } from '../../../src/checks/kernel/namespace-quotas.ts';
import { testCheck } from '../../check-tester.ts';
import { namespacesFact, without, withQuotas } from './namespaces-fact.ts';

testCheck(namespaceQuotas, {
  pass: [
    { name: 'one of each is enough', facts: namespacesFact() },
    { name: 'a kernel without such a key', facts: withQuotas({ time: null }) },
    {
      name: 'the kind itself is missing, which another rule tells',
      facts: { namespaces: { ...without('user').namespaces, quotas: withQuotas({ user: 0 }).namespaces.quotas } },
    },
  ],
  fail: [
    {
      name: 'user, as hardening guides have it',
      facts: withQuotas({ user: 0 }),
      severity: 'warning',
      observed: 'user.max_user_namespaces = 0',
    },
    { name: 'net', facts: withQuotas({ net: 0 }), severity: 'error', message: /^no pod can start/ },
    {
      name: 'user and pid',
      facts: withQuotas({ pid: 0, user: 0 }),
      severity: 'error',
      observed: /max_pid_namespaces = 0, user\.max_user/,
    },
  ],
});
