import { brNetfilter } from '../../../src/checks/network/br-netfilter.ts';
import type { Modules } from '../../../src/facts/modules.ts';
import { testCheck } from '../../check-tester.ts';
import { machine, modulesFact, nspawn } from '../facts.ts';

const keys = (value: string | null) => ({
  'net.bridge.bridge-nf-call-iptables': value,
  'net.bridge.bridge-nf-call-ip6tables': value,
});
const facts = (modules: Partial<Modules>, value: string | null = null, container = machine) => ({
  container,
  modules: modulesFact(modules),
  sysctl: keys(value),
});
const unseen = { support: false, onDisk: [], treePresent: false };

testCheck(brNetfilter, {
  pass: [
    { name: 'loaded', facts: facts({ loaded: ['br_netfilter'] }), observed: 'br_netfilter is loaded' },
    { name: 'built in', facts: facts({ builtin: ['br_netfilter'] }), observed: 'br_netfilter is built in' },
    {
      name: 'at work, with no module list to be seen',
      facts: facts(unseen, '0', nspawn),
      observed: /bridge-nf-call-iptables exists/,
    },
  ],
  fail: [
    { name: 'on disk', facts: facts({}), fixedByApply: true, severity: 'warning' },
    {
      name: 'on disk, for a kubeadm that insists',
      facts: facts({}),
      desired: { kubernetesVersion: '1.29' },
      severity: 'error',
    },
    {
      name: 'in a package that is not installed',
      facts: facts({ onDisk: [] }),
      fixedByApply: false,
      remedy: /modules-extra/,
    },
  ],
  skip: [
    {
      name: 'a container that cannot load it',
      facts: facts(unseen, null, nspawn),
      reason: /container \(systemd-nspawn\)/,
    },
  ],
});
