import { kernelModulesPresent } from '../../../src/checks/kernel/kernel-modules-present.ts';
import type { Modules } from '../../../src/facts/modules.ts';
import { testCheck } from '../../check-tester.ts';
import { kernelFact, machine, modulesFact, nspawn } from '../facts.ts';

const facts = (modules: Partial<Modules>, container = machine) => ({
  container,
  kernel: kernelFact(),
  modules: modulesFact(modules),
});
const gone = { treePresent: false, onDisk: [] };

testCheck(kernelModulesPresent, {
  pass: [{ name: 'there', facts: facts({}), observed: '/lib/modules/6.12.41+deb13-amd64' }],
  fail: [
    {
      name: 'gone, and needed',
      facts: facts({ ...gone, loaded: ['overlay'] }),
      severity: 'error',
      message: /cannot load br_netfilter/,
    },
    {
      name: 'gone, all that is needed is loaded or built in',
      facts: facts({ ...gone, loaded: ['overlay'], builtin: ['br_netfilter'] }),
      severity: 'warning',
    },
  ],
  skip: [
    { name: 'a container', facts: facts(gone, nspawn), reason: /container/ },
    { name: 'a kernel without modules', facts: facts({ ...gone, support: false }), reason: /all of it is built in/ },
  ],
});
