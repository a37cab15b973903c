import type { NodeAnswer } from '../../core/result.ts';

/** A host as the rollout sees it. */
export interface RolloutHost {
  /** Name in the inventory. */
  readonly host: string;
  readonly role: 'control-plane' | 'worker';
  readonly groups: readonly string[];
  /** What its changes need: nothing but the change, batches, or batches and an empty node. */
  readonly disruption: 'none' | 'restart' | 'drain';
  /** undefined: the cluster has no such Node. */
  readonly node: NodeAnswer | undefined;
  /** Its kubelet belongs to a cluster (design 3.9). */
  readonly joined: boolean;
}

/** Out of service already, so working on it costs nothing. */
export const isBroken = ({ node }: RolloutHost): boolean =>
  node !== undefined && (!node.ready || node.cordonedBy !== null);

/** Whoever cordoned it will lift that, and not us: it stays out of service when we are done. */
export const staysAway = ({ node }: RolloutHost): boolean => node?.cordonedBy === 'other';
