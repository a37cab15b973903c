import { kataKvm } from '../../../src/checks/runtime/kata-kvm.ts';
import { testCheck } from '../../check-tester.ts';
import { someOciRuntimes } from '../../oci-runtimes.ts';

const desired = { runtime: { handlers: ['runc', 'kata'] } } as const;

testCheck(kataKvm, {
  pass: [
    { name: 'with KVM', facts: { ociRuntimes: someOciRuntimes([], { kvm: true }) }, desired, observed: '/dev/kvm' },
  ],
  fail: [
    {
      name: 'without',
      facts: { ociRuntimes: someOciRuntimes() },
      desired,
      message: /has no \/dev\/kvm: no pod of that handler starts$/,
      fixedByApply: false,
    },
  ],
  skip: [
    {
      name: 'nobody asks for it',
      facts: { ociRuntimes: someOciRuntimes() },
      reason: /does not name the handler kata/,
    },
  ],
});
