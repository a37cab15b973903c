import { timeNamespace } from '../../../src/checks/kernel/time-namespace.ts';
import { testCheck } from '../../check-tester.ts';
import { namespacesFact, without } from './namespaces-fact.ts';

testCheck(timeNamespace, {
  pass: [{ name: 'there', facts: namespacesFact(), observed: '/proc/self/ns/time' }],
  fail: [{ name: 'missing', facts: without('time'), severity: 'info' }],
});
