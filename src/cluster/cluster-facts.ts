import type { Observed } from '../core/observed.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget, Workload } from './objects.ts';

/** A ConfigMap as it is now; `resourceVersion` guards what is written back. */
export interface ConfigMapText {
  readonly text: string;
  readonly resourceVersion: string;
}

/** What the cluster says of itself: data, like host facts. Gathered once for a plan, and again where a decision needs it. */
export interface ClusterFacts {
  /** UID of the namespace kube-system: which cluster this is. */
  readonly uid: string;
  /** `1.34.3`, of the API server and of kubectl. */
  readonly serverVersion: string;
  readonly clientVersion: string;
  readonly nodes: readonly Node[];
  /** Of all namespaces and nodes. */
  readonly pods: readonly Pod[];
  readonly budgets: readonly PodDisruptionBudget[];
  readonly workloads: readonly Workload[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly volumes: readonly PersistentVolume[];
  /** ConfigMap kube-system/kubelet-config, key `kubelet`; known undefined: the cluster has none, it is not kubeadm's. */
  readonly kubeletConfig: Observed<ConfigMapText | undefined>;
  /** ConfigMap kube-system/kubeadm-config, key `ClusterConfiguration`. */
  readonly kubeadmConfig: Observed<ConfigMapText | undefined>;
}
