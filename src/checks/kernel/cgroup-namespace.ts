import { defineCheck } from '../check.ts';

export const cgroupNamespace = defineCheck({
  id: 'cgroup-namespace',
  title: 'The kernel has cgroup namespaces',
  severity: 'error',
  source: 'https://github.com/opencontainers/runc/blob/main/docs/cgroup-v2.md',
  needs: ['cgroups', 'namespaces'],
  evaluate({ cgroups, namespaces }) {
    if (namespaces.present.includes('cgroup')) return { status: 'pass', observed: '/proc/self/ns/cgroup' };
    const isNeeded = cgroups.version === 'v2';
    return {
      status: 'fail',
      message: isNeeded
        ? 'the kernel lacks cgroup namespaces, in which runtimes start every container on cgroup v2'
        : 'the kernel lacks cgroup namespaces, so pods see the cgroups of the host',
      observed: 'no /proc/self/ns/cgroup',
      expected: '/proc/self/ns/cgroup',
      remedy: 'boot a kernel of 4.6 or newer with CONFIG_CGROUPS',
      fixedByApply: false,
      severity: isNeeded ? 'error' : 'warning',
    };
  },
});
