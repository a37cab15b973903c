import { isAtLeast } from '../../core/versions.ts';
import { nextSettings } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { notOwned } from '../support/in-container.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletSwap = defineCheck({
  id: 'kubelet-swap',
  title: 'The kubelet starts with the swap of this host',
  severity: 'error',
  source: 'https://kubernetes.io/docs/concepts/cluster-administration/swap-memory-management/',
  needs: ['cgroups', 'clusterState', 'container', 'kubelet', 'swap'],
  fixable: true,
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts) ?? notOwned(facts.container, 'swap is that');
    if (absent !== undefined) return absent;
    const version = kubeletVersion(facts, desired);
    const next = nextSettings(facts.kubelet, version);
    if (!next.known) return { status: 'unknown', reason: next.reason };
    const { failSwapOn, swapBehavior } = next.value;
    const devices = facts.swap.active.map(({ device }) => device);
    if (devices.length === 0) return { status: 'pass', observed: 'no active swap' };
    const behavior = swapBehavior.value === '' ? 'NoSwap by default' : `${swapBehavior.value} (${swapBehavior.from})`;
    if (!failSwapOn.value)
      return {
        status: 'pass',
        observed: `${devices.join(', ')}; failSwapOn false (${failSwapOn.from}), pods: ${behavior}`,
      };
    const isUsable = facts.cgroups.version === 'v2' && isAtLeast(version, '1.30');
    const sets = desired.swap === 'kubelet' && isUsable;
    return {
      status: 'fail',
      message: 'swap is on and the kubelet is set to refuse it: it does not come back from its next start',
      observed: `${devices.join(', ')}; failSwapOn true (${failSwapOn.from})`,
      expected: desired.swap === 'off' ? 'no active swap' : 'failSwapOn: false, or no active swap',
      remedy: sets
        ? 'nodeprep apply sets failSwapOn: false'
        : desired.swap === 'off'
          ? 'nodeprep apply turns swap off; see swap-off'
          : 'set swap: off or, with cgroup v2 and Kubernetes 1.30, swap: kubelet in the inventory, then nodeprep apply',
      fixedByApply: sets || desired.swap === 'off',
    };
  },
});
