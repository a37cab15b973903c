import { bridgeNfCallIptablesAtBoot } from '../../../src/checks/network/bridge-nf-call-iptables-at-boot.ts';
import type { SysctlSetting } from '../../../src/facts/sysctl-files.ts';
import { testCheck } from '../../check-tester.ts';
import { machine, nspawn } from '../facts.ts';

const key = 'net.bridge.bridge-nf-call-iptables';
const off: SysctlSetting = { key, value: '0', path: '/usr/lib/sysctl.d/50-bridge.conf', line: 3 };
const on: SysctlSetting = { key, value: '1', path: '/etc/sysctl.d/k8s.conf', line: 1 };
const facts = (settings: readonly SysctlSetting[], live: string | null = '1', container = machine) => ({
  container,
  sysctl: { [key]: live },
  sysctlFiles: { settings, looseSysctlConf: [] },
});

testCheck(bridgeNfCallIptablesAtBoot, {
  pass: [
    { name: 'the kernel starts with 1', facts: facts([]), observed: /default of the kernel/ },
    {
      name: 'a file',
      facts: facts([off, on]),
      observed: /k8s\.conf:1 \(wins over \/usr\/lib\/sysctl\.d\/50-bridge\.conf:3\)/,
    },
    { name: 'the module comes later', facts: facts([on], null) },
  ],
  fail: [
    {
      name: 'a file says 0',
      facts: facts([off]),
      observed: /50-bridge\.conf:3/,
      severity: 'warning',
      fixedByApply: true,
    },
    { name: 'in a container with the module', facts: facts([off], '1', nspawn) },
    { name: 'kubeadm 1.29 insisted', facts: facts([off]), desired: { kubernetesVersion: '1.29' }, severity: 'error' },
  ],
  skip: [
    { name: 'a container without the module', facts: facts([off], null, nspawn), reason: /br_netfilter is a module/ },
  ],
});
