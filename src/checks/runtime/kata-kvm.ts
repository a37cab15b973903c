import { defineCheck } from '../check.ts';

export const kataKvm = defineCheck({
  id: 'kata-kvm',
  title: 'Virtual machines of Kata Containers can run',
  severity: 'error',
  source: 'https://github.com/kata-containers/kata-containers/blob/main/README.md#hardware-requirements',
  needs: ['ociRuntimes'],
  needsOn: ({ runtime }) => (runtime.handlers?.includes('kata') === true ? ['ociRuntimes'] : []),
  evaluate({ ociRuntimes }, { runtime }) {
    if (runtime.handlers?.includes('kata') !== true)
      return { status: 'skip', reason: 'the inventory does not name the handler kata' };
    if (ociRuntimes.kvm) return { status: 'pass', observed: '/dev/kvm' };
    return {
      status: 'fail',
      message: 'the inventory asks for Kata Containers, and this host has no /dev/kvm: no pod of that handler starts',
      observed: 'no /dev/kvm',
      expected: 'a character device /dev/kvm',
      remedy:
        'turn on virtualization in the firmware and load kvm_intel or kvm_amd; in a virtual machine, allow nested virtualization; or take kata out of runtime.handlers of this host',
      fixedByApply: false,
    };
  },
});
