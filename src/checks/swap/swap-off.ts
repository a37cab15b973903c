import { isAtLeast } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';
import { notOwned } from '../support/in-container.ts';

export const swapOff = defineCheck({
  id: 'swap-off',
  title: 'Swap is off',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#swap-configuration',
  needs: ['cgroups', 'container', 'resources', 'swap'],
  fixable: true,
  evaluate({ cgroups, container, resources, swap }, desired) {
    if (desired.swap === 'keep') return { status: 'skip', reason: 'the inventory says swap: keep' };
    const shared = notOwned(container, 'swap is that');
    if (shared !== undefined) return shared;
    if (swap.active.length === 0) return { status: 'pass', observed: 'no active swap' };

    const usedKib = swap.active.reduce((sum, area) => sum + area.usedKib, 0);
    const observed = `${swap.active.map(area => `${area.device} (${area.type})`).join(', ')}, ${usedKib} KiB in use`;
    if (desired.swap === 'kubelet') {
      // NodeSwap works on cgroup v2 only and is on by default since 1.30; the kubelet still asks for failSwapOn: false.
      const supported = cgroups.version === 'v2' && isAtLeast(desired.kubernetesVersion, '1.30');
      return {
        status: 'fail',
        message: supported
          ? 'swap is on: the kubelet starts only with failSwapOn: false'
          : 'swap is on and this kubelet cannot handle it: that takes cgroup v2 and Kubernetes 1.30',
        observed,
        expected: supported ? 'failSwapOn: false in the configuration of the kubelet' : 'no active swap',
        remedy: supported
          ? 'set failSwapOn: false and memorySwap.swapBehavior in the kubelet configuration, or swap: off in the inventory'
          : 'set swap: off in the inventory and run nodeprep apply',
        fixedByApply: false,
        severity: supported ? 'warning' : 'error',
      };
    }
    const fits = resources.memAvailableKib > usedKib;
    return {
      status: 'fail',
      message: 'swap is on: the kubelet does not start',
      observed,
      expected: 'no active swap',
      remedy: fits
        ? 'nodeprep apply, or by hand: swapoff -a'
        : `free memory first: ${resources.memAvailableKib} KiB available do not hold what is swapped out; then nodeprep apply`,
      fixedByApply: fits,
    };
  },
});
