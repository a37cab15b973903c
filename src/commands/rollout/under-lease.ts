import type { RunIdentity } from '../../apply/programs.ts';
import { sharingAnswers } from '../../apply/rollout/share-answers.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';
import type { ClusterAccess } from '../../inventory/inventory.ts';
import type { CommandContext } from '../context.ts';
import type { OpenHost } from '../open-host.ts';
import { openClusterSide } from './cluster-side.ts';
import type { RolloutContext } from './node-work.ts';

export interface LeaseOptions {
  readonly identity: RunIdentity;
  readonly settings: RolloutSettings;
  readonly agreed?: RolloutContext['agreed'];
  readonly allowApiOutage?: boolean;
  readonly context: CommandContext;
}

/** Work while this run, and no other, holds the lock of the cluster. */
export const holdingLease = async <T>(
  cluster: Cluster,
  { identity, settings, agreed = [], allowApiOutage = false, context }: LeaseOptions,
  work: (rollout: RolloutContext, lost: AbortSignal) => Promise<T>,
): Promise<T> => {
  const lease = await cluster.acquireLease({ run: identity.runId, holder: identity.holder });
  try {
    const shared = sharingAnswers(cluster);
    const signal = AbortSignal.any([context.signal, lease.lost]);
    const { expectOutage } = lease;
    const told = { settings, agreed, allowApiOutage, expectOutage, identity, signal };
    const rollout = { ...told, cluster: shared, gather: shared.gather };
    return await work(rollout, lease.lost);
  } finally {
    await lease.release();
  }
};

/** The same for a command that has no plan of the cluster: opened, locked, and closed at the end. */
export const underLease = async <T>(
  access: ClusterAccess,
  options: LeaseOptions & { readonly open: OpenHost },
  work: (side: { readonly rollout: RolloutContext; readonly facts: ClusterFacts }) => Promise<T>,
): Promise<T> => {
  const { cluster, facts } = await openClusterSide(access, { ...options, use: 'rollout' });
  try {
    return await holdingLease(cluster, options, rollout => work({ rollout, facts }));
  } finally {
    await cluster.close();
  }
};
