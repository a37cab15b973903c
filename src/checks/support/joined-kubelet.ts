import type { DesiredNode } from '../../core/desired.ts';
import type { ClusterState } from '../../facts/cluster-state.ts';
import type { Kubelet } from '../../facts/kubelet.ts';
import type { Verdict } from '../check.ts';

export interface KubeletFacts {
  readonly clusterState: ClusterState;
  readonly kubelet: Kubelet;
}

/** These rules are about nodes: before `kubeadm join` the kubelet has no settings to judge and restarts over and over. */
export const noJoinedKubelet = ({ clusterState, kubelet }: KubeletFacts): Verdict | undefined => {
  if (!kubelet.installed || kubelet.unit.loadState === 'not-found')
    return { status: 'skip', reason: 'there is no kubelet' };
  return clusterState.joined ? undefined : { status: 'skip', reason: 'the host has not joined a cluster' };
};

/** Of the program that the next start runs. */
export const kubeletVersion = ({ clusterState }: KubeletFacts, desired: DesiredNode): string =>
  clusterState.kubeletVersion ?? desired.kubernetesVersion;
