import { defineCheck } from '../check.ts';

export const userNamespace = defineCheck({
  id: 'user-namespace',
  title: 'The kernel has user namespaces',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/',
  needs: ['namespaces'],
  evaluate({ namespaces }) {
    if (!namespaces.present.includes('user')) {
      return {
        status: 'fail',
        message: 'the kernel lacks user namespaces: pods with hostUsers: false cannot start',
        observed: 'no /proc/self/ns/user',
        expected: '/proc/self/ns/user',
        remedy: 'boot a kernel with CONFIG_USER_NS',
        fixedByApply: false,
      };
    }
    return { status: 'pass', observed: '/proc/self/ns/user' };
  },
});
