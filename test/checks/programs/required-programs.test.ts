import { requiredPrograms } from '../../../src/checks/programs/required-programs.ts';
import { testCheck } from '../../check-tester.ts';

const all = {
  ip: '/usr/sbin/ip',
  iptables: '/usr/sbin/iptables',
  mount: '/usr/bin/mount',
  nsenter: '/usr/bin/nsenter',
};
const facts = (missing: readonly string[], kubeletVersion?: string) => ({
  clusterState: { joined: false, evidence: undefined, foreign: undefined, kubeletVersion },
  tools: { ...all, ...Object.fromEntries(missing.map(name => [name, null])) },
});

testCheck(requiredPrograms, {
  pass: [{ name: 'all', facts: facts([]) }],
  fail: [
    ...['ip', 'mount', 'nsenter'].map(name => ({
      name: `no ${name}`,
      facts: facts([name]),
      severity: 'error' as const,
    })),
    {
      name: 'no iptables before the kubelet',
      facts: facts(['iptables']),
      severity: 'warning',
      message: /comes with the package/,
    },
    { name: 'no iptables beside the kubelet', facts: facts(['iptables'], '1.34.1'), severity: 'error' },
    {
      name: 'no iptables and no ip',
      facts: facts(['iptables', 'ip']),
      severity: 'error',
      observed: "not in root's PATH: ip, iptables",
    },
  ],
});
