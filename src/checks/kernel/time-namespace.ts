import { defineCheck } from '../check.ts';

export const timeNamespace = defineCheck({
  id: 'time-namespace',
  title: 'The kernel has time namespaces',
  // Nothing in Kubernetes asks for one yet; a few images do.
  severity: 'info',
  source: 'https://man7.org/linux/man-pages/man7/time_namespaces.7.html',
  needs: ['namespaces'],
  evaluate({ namespaces }) {
    if (namespaces.present.includes('time')) return { status: 'pass', observed: '/proc/self/ns/time' };
    return {
      status: 'fail',
      message: 'the kernel lacks time namespaces; Kubernetes does not need them',
      observed: 'no /proc/self/ns/time',
      expected: '/proc/self/ns/time',
      remedy: 'boot a kernel of 5.6 or newer with CONFIG_TIME_NS, if a workload needs it',
      fixedByApply: false,
    };
  },
});
