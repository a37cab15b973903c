import { isAtLeast } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';

export const cgroupVersion = defineCheck({
  id: 'cgroup-version',
  title: 'The host runs cgroup v2',
  severity: 'warning',
  source: 'https://kubernetes.io/docs/concepts/architecture/cgroups/',
  needs: ['cgroups'],
  evaluate({ cgroups }, desired) {
    if (cgroups.version === 'v2') return { status: 'pass', observed: 'cgroup v2' };
    // failCgroupV1 is on by default from 1.35; a hybrid layout is v1 to the kubelet.
    const isRefused = isAtLeast(desired.kubernetesVersion, '1.35');
    return {
      status: 'fail',
      message: isRefused
        ? `the kubelet of ${desired.kubernetesVersion} does not start on cgroup v1`
        : 'cgroup v1 is in maintenance mode: from 1.35 on the kubelet refuses it',
      observed: cgroups.version === 'v1' ? 'cgroup v1' : 'cgroup v1 with v2 beside it (hybrid)',
      expected: 'cgroup v2',
      remedy: 'boot with systemd.unified_cgroup_hierarchy=1, on systemd 248 and Linux 5.8 or newer',
      fixedByApply: false,
      severity: isRefused ? 'error' : 'warning',
    };
  },
});
