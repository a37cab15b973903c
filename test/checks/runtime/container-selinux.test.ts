import { containerSelinux } from '../../../src/checks/runtime/container-selinux.ts';
import type { Packages } from '../../../src/facts/packages.ts';
import { testCheck } from '../../check-tester.ts';

const installed = (names: Packages['installed'], manager: Packages['manager'] = 'dnf') =>
  ({ manager, installed: names, held: [], broken: [], listsUpdatedSeconds: null }) as const;

testCheck(containerSelinux, {
  pass: [
    {
      name: 'the policy is there',
      facts: { packages: installed({ 'container-selinux': '2:2.235.0-1.el9' }), selinux: { mode: 'enforcing' } },
      observed: 'container-selinux 2:2.235.0-1.el9, enforcing',
    },
    {
      name: 'nothing is denied',
      facts: { packages: installed({}), selinux: { mode: 'permissive' } },
      observed: 'permissive, without container-selinux',
    },
  ],
  fail: [
    {
      name: 'enforcing without it',
      facts: { packages: installed({ 'cri-o': '1.36.1-1.1' }), selinux: { mode: 'enforcing' } },
      message: /^SELinux is enforcing and container-selinux is not installed/,
      fixedByApply: true,
    },
  ],
  skip: [
    { name: 'no SELinux', facts: { packages: installed({}), selinux: { mode: 'off' } }, reason: /without SELinux/ },
    {
      name: 'Debian',
      facts: { packages: installed({}, 'apt'), selinux: { mode: 'enforcing' } },
      reason: /come in one package/,
    },
  ],
});
