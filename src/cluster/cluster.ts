import type { ClusterFacts } from './cluster-facts.ts';
import type { CordonMark } from './cordon-mark.ts';
import type { Node, Pod, Workload } from './objects.ts';

export type Eviction =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'gone' }
  /** A budget says not now (429): to be tried again. */
  | { readonly kind: 'later'; readonly reason: string };

/** Another run holds the cluster's lock. */
export interface LeaseHolder {
  readonly run: string;
  readonly holder: string;
}

export interface Lease {
  /** Aborted when the lease was lost to somebody else or could not be renewed for its whole duration. */
  readonly lost: AbortSignal;
  /**
   * The API goes away by this run's own doing, until the function given back is called: that it cannot be renewed is no loss
   * meanwhile, since without an API nobody else can take it either. That somebody has taken it still is.
   */
  expectOutage(): () => void;
  release(): Promise<void>;
}

/** plan: only reads. rollout: cordons, evicts, marks, holds the lock. */
export type ClusterUse = 'plan' | 'rollout';

/** What rollouts do with a cluster. Errors are `NodeprepError` (`cluster-unreachable`, `cluster-denied`, `lock-held`, …). */
export interface Cluster {
  /** For messages. */
  readonly name: string;
  /** kubectl as a person would type it to look for themselves. */
  readonly command: string;
  /** Requests to the API server so far. */
  requests(): number;
  /**
   * The way to the API does not lead over this host (its name in the inventory) until the function given back is called: the
   * host is being changed. Only `cluster.via` has ways over hosts; where no other is left every call fails with `cluster-unreachable`.
   */
  avoid(host: string): () => void;
  /** Fails with `cluster-denied` and everything that is missing, before anything is begun. */
  requireRights(use: ClusterUse): Promise<void>;
  gather(): Promise<ClusterFacts>;
  node(name: string): Promise<Node | undefined>;
  /** All of them, without the rest that `gather` asks for. */
  nodes(): Promise<readonly Node[]>;
  /** `cgroupDriver` of the kubelet's configz; undefined: this user may not ask (`nodes/proxy`), or nobody answers. */
  configz(node: string): Promise<string | undefined>;
  podsOn(node: string): Promise<readonly Pod[]>;
  pod(namespace: string, name: string): Promise<Pod | undefined>;
  workloads(): Promise<readonly Workload[]>;
  /** Marks and cordons in one write. `other`: somebody had cordoned the node before; nothing was written. */
  cordon(node: string, mark: CordonMark): Promise<'ours' | 'other'>;
  /** Lifts our cordon and removes the mark in one write; a node without our mark is left as it is. */
  uncordon(node: string): Promise<'lifted' | 'not-ours'>;
  /** Only the pod of this uid, with its own grace period. */
  evict(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): Promise<Eviction>;
  annotate(node: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  /** Fails with `guard-mismatch` where the resource version is no longer that one. `backup`: kept in the cluster under the run's id. */
  writeKubeletConfig(change: {
    readonly text: string;
    readonly resourceVersion: string;
    readonly run: string;
  }): Promise<void>;
  /** What runs of ours have kept of the kubelet-config before they wrote it, newest first. */
  kubeletConfigBackups(): Promise<readonly { readonly run: string; readonly text: string }[]>;
  /** Whether the API answers `/readyz`. */
  isHealthy(): Promise<boolean>;
  /** Takes the lock of the cluster, or fails with `lock-held` and the holder (design 3.10; watched for one duration first). */
  acquireLease(identity: { readonly run: string; readonly holder: string }): Promise<Lease>;
  close(): Promise<void>;
}
