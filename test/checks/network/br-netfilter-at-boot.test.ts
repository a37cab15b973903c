import { brNetfilterAtBoot } from '../../../src/checks/network/br-netfilter-at-boot.ts';
import type { Modules } from '../../../src/facts/modules.ts';
import { testCheck } from '../../check-tester.ts';
import { machine, modulesFact, nspawn } from '../facts.ts';

const line = (path: string) => ({ name: 'br_netfilter', path, line: 2 });
const facts = (listed: readonly string[], refused: readonly string[] = [], modules: Partial<Modules> = {}) => ({
  container: machine,
  modules: modulesFact(modules),
  modulesLoad: { modules: listed.map(line), blacklisted: refused.map(line) },
});

testCheck(brNetfilterAtBoot, {
  pass: [
    { name: 'listed', facts: facts(['/etc/modules-load.d/k8s.conf']), observed: '/etc/modules-load.d/k8s.conf:2' },
    { name: 'built in', facts: facts([], [], { builtin: ['br_netfilter'] }) },
  ],
  fail: [
    { name: 'loaded by hand', facts: facts([], [], { loaded: ['br_netfilter'] }), fixedByApply: true },
    {
      name: 'listed and refused',
      facts: facts(['/etc/modules'], ['/etc/modprobe.d/cis.conf']),
      observed: 'refused by /etc/modprobe.d/cis.conf:2',
      fixedByApply: false,
    },
    { name: 'for a kubeadm that insists', facts: facts([]), desired: { kubernetesVersion: '1.29' }, severity: 'error' },
  ],
  skip: [{ name: 'a container', facts: { ...facts([]), container: nspawn }, reason: /container/ }],
});
