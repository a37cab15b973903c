import type { RolloutNotes } from '../../report/options.ts';
import type { ClusterPlan } from './plan-cluster.ts';

/** What people are told of a rollout beyond the contract of the result. */
export const rolloutNotes = (
  { rollout, judgements }: Pick<ClusterPlan, 'rollout' | 'judgements'>,
  atOnce: readonly string[],
): RolloutNotes => ({
  atOnce,
  batches: rollout.batches,
  workers: rollout.atOnce.ofWorkers,
  drains: [...judgements].map(([host, { estimateSeconds, warnings }]) => ({ host, estimateSeconds, warnings })),
});
