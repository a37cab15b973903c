import { bridgeNfCallIp6tables } from '../../../src/checks/network/bridge-nf-call-ip6tables.ts';
import { testCheck } from '../../check-tester.ts';

const key = 'net.bridge.bridge-nf-call-ip6tables';

testCheck(bridgeNfCallIp6tables, {
  pass: [{ name: 'one', facts: { sysctl: { [key]: '1' } }, observed: `${key} = 1` }],
  fail: [{ name: 'zero', facts: { sysctl: { [key]: '0' } }, severity: 'warning', fixedByApply: true }],
  skip: [{ name: 'no key before the module', facts: { sysctl: { [key]: null } }, reason: /see br-netfilter/ }],
  unknown: [{ name: 'not read', facts: { sysctl: {} }, reason: /was not read/ }],
});
