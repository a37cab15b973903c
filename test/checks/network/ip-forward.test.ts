import { ipForward } from '../../../src/checks/network/ip-forward.ts';
import { testCheck } from '../../check-tester.ts';

const key = 'net.ipv4.ip_forward';

testCheck(ipForward, {
  pass: [{ name: 'one', facts: { sysctl: { [key]: '1' } }, observed: `${key} = 1` }],
  fail: [
    { name: 'zero', facts: { sysctl: { [key]: '0' } }, observed: `${key} = 0`, fixedByApply: true },
    // kubeadm reads one byte and lets this pass (preflight.md c3 9); the kernel treats any other number as on, but nobody writes it.
    { name: 'ten', facts: { sysctl: { [key]: '10' } }, observed: `${key} = 10` },
    { name: 'no such key', facts: { sysctl: { [key]: null } }, observed: `${key} does not exist` },
  ],
  unknown: [{ name: 'not among the keys that were read', facts: { sysctl: {} }, reason: /was not read/ }],
});
