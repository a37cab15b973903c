import { userNamespace } from '../../../src/checks/kernel/user-namespace.ts';
import { testCheck } from '../../check-tester.ts';
import { namespacesFact, without } from './namespaces-fact.ts';

testCheck(userNamespace, {
  pass: [{ name: 'there', facts: namespacesFact(), observed: '/proc/self/ns/user' }],
  fail: [{ name: 'missing', facts: without('user'), severity: 'warning' }],
});
