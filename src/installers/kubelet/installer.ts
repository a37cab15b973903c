import { isAtLeast } from '../../core/versions.ts';
import { instanceConfigPath } from '../../facts/kubelet.ts';
import { defineInstaller, type InstallerPlan } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { planFiles } from './edit-files.ts';
import { isRunning, kubeletGaps } from './in-force.ts';
import { kubeletUnit, planKubeletService } from './service.ts';
import type { KubeletSituation } from './situation.ts';

const required = ['cgroups', 'services', 'swap'] as const;

/**
 * The kubelet of a node that has joined agrees with its runtime: cgroup driver, endpoint, swap, sandbox image. Of a host that has not,
 * nothing is touched: kubeadm will write it all. Which runtime it is decides values, never the order of the changes.
 */
export const kubelet = defineInstaller({
  id: 'kubelet',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/configure-cgroup-driver/',
  needs: [...required, 'clusterState', 'cri', 'kubelet'],
  appliesTo: () => true,
  plan(facts, desired, _os, cluster = {}) {
    // A cluster state that is unknown bars the plan elsewhere.
    if (!facts.clusterState.known || !facts.clusterState.value.joined) return nothing;
    const own = knownFacts(facts, ['kubelet'], 'the kubelet');
    if (!own.known) return refused(...own.refusals);
    const { kubelet: observed } = own.value;
    // One that is masked, or whose unit is broken, somebody must mend first.
    if (!observed.installed || observed.unit.loadState !== 'loaded') return nothing;
    const known = knownFacts(facts, required, 'the kubelet');
    if (!known.known) return refused(...known.refusals);
    const { cgroups, services, swap } = known.value;
    const version = facts.clusterState.value.kubeletVersion ?? desired.kubernetesVersion;
    const hasSwap = swap.active.length + swap.fstab.length + swap.units.length > 0 || swap.zramConfig !== undefined;
    return planKubelet({
      kubelet: observed,
      version,
      desired,
      cri: facts.cri.known ? facts.cri.value : {},
      services,
      cluster,
      // NodeSwap works on cgroup v2 only and is on by default since 1.30.
      usableSwap: hasSwap && cgroups.version === 'v2' && isAtLeast(version, '1.30'),
    });
  },
});

const planKubelet = (situation: KubeletSituation): InstallerPlan => {
  const unit = situation.services[kubeletUnit];
  if (unit === undefined) return refused(planRefused(`systemd does not tell about ${kubeletUnit}`));
  const gaps = kubeletGaps(situation);
  const needsEmptyNode = gaps.some(gap => gap.needsEmptyNode);
  const { changes, refusals, originals } = planFiles(situation, needsEmptyNode);
  if (refusals.length > 0) return refused(...refusals);
  const writes = changes.some(({ path }) => path !== instanceConfigPath);
  // Of one that does not run, what it would use counts once a file of it is mended.
  const isDue = writes || isRunning(situation);
  return {
    changes: [...changes, ...(isDue ? planKubeletService(unit, gaps, writes) : [])],
    later: [],
    refusals: [],
    originals,
  };
};
