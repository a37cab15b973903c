import type { ClusterClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Workload } from '../../cluster/objects.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { HostError, NodeAnswer } from '../../core/result.ts';
import type { MovingPod } from '../../plan/drain/judgement.ts';
import type { RunIdentity } from '../programs.ts';
import type { HoldAnswer } from '../run-host.ts';
import type { Baseline } from './settle-workloads.ts';
import type { StaticPods } from './static-pods.ts';

/** Pods that move, or why the node may not be drained after all. */
export type DrainDecision =
  | {
      readonly ok: true;
      readonly pods: readonly MovingPod[];
      /** Without this node's static pods the API does not answer (and that was allowed). */
      readonly takesApiDown: boolean;
      /** As they were when it was judged: what has to come back. */
      readonly workloads: readonly Workload[];
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly reason: string };

export interface NodeRolloutOptions {
  readonly cluster: Cluster;
  readonly node: string;
  readonly identity: RunIdentity;
  /** Why the node is cordoned, for the mark: `cgroup driver cgroupfs → systemd`. */
  readonly reason: string;
  /** restart: neither cordoned nor drained, only proved and waited for. */
  readonly kind: 'restart' | 'drain';
  readonly drainTimeoutMs: number;
  readonly settleTimeoutMs: number;
  /** Kubelet and runtime use different cgroup drivers now, before anything is changed. */
  readonly driversDisagree: boolean;
  /** How long a kubelet that was started may take to report Ready. */
  readonly readyTimeoutMs: number;
  /** The cluster as it is now, judged once more: only what was agreed to may be evicted. */
  readonly judge: () => Promise<DrainDecision>;
  /** Stops and removes every remaining sandbox over CRI; the kubelet is stopped by then. */
  readonly emptySandboxes: (signal: AbortSignal) => Promise<HoldAnswer>;
  /** The API goes away by our own doing, until the function given back is called. */
  readonly expectOutage: () => () => void;
  readonly tell: (note: string) => void;
  readonly clock: ClusterClock;
  readonly signal: AbortSignal;
  /** The command that settles the node if this ends badly. */
  readonly settle: string;
}

/** How the host's own run ended. */
export type HostEnd = 'committed' | 'unchanged' | 'reverted' | 'partial' | 'unknown';

export interface NodeEnd {
  readonly node?: NodeAnswer;
  /** What is wrong with the node, besides what the host says. */
  readonly error?: HostError;
}

/** What has been done to a node so far. */
export interface Progress {
  cordoned: 'ours' | 'other' | undefined;
  heartbeat: string | undefined;
  baseline: Baseline;
  staticPods: StaticPods;
  takesApiDown: boolean;
  /** Its sandboxes were removed: whatever runs there is new, also after a revert. */
  emptied: boolean;
  /** undefined: the API is not expected to be away. */
  outageOver: (() => void) | undefined;
}

/** How long an API server may be away while a node must be brought to an end. */
export const apiPatienceMs = 120_000;
