import { bridgeNfCallIptables } from '../../../src/checks/network/bridge-nf-call-iptables.ts';
import { testCheck } from '../../check-tester.ts';

const key = 'net.bridge.bridge-nf-call-iptables';

testCheck(bridgeNfCallIptables, {
  pass: [{ name: 'one', facts: { sysctl: { [key]: '1' } }, observed: `${key} = 1` }],
  fail: [
    { name: 'zero', facts: { sysctl: { [key]: '0' } }, severity: 'warning', fixedByApply: true },
    {
      name: 'kubeadm 1.29 insisted',
      facts: { sysctl: { [key]: '0' } },
      desired: { kubernetesVersion: '1.29' },
      severity: 'error',
    },
  ],
  skip: [{ name: 'no key before the module', facts: { sysctl: { [key]: null } }, reason: /see br-netfilter/ }],
  unknown: [{ name: 'not read', facts: { sysctl: {} }, reason: /was not read/ }],
});
