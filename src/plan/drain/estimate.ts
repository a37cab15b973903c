import type { Pod } from '../../cluster/objects.ts';
import type { BudgetState } from './budget-strength.ts';
import type { DrainContext } from './drain-context.ts';

/** What the API takes for a pod that names none. */
export const defaultGraceSeconds = 30;
/** Between two waves of a budget: the replacement has to start and be Ready. A guess, generous for an image that is there. */
const replacementSeconds = 10;

export const graceOf = ({ metadata, spec }: Pod): number =>
  metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;

/** Seconds of grace that are left to a pod that is leaving, all of them to one that is not. */
const stillSeconds = (pod: Pod, now: Date): number => {
  const { deletionTimestamp } = pod.metadata;
  if (deletionTimestamp === undefined) return graceOf(pod);
  // The timestamp is when the grace ends, not when it began.
  return Math.max(0, Math.ceil((Date.parse(deletionTimestamp) - now.getTime()) / 1000));
};

/**
 * Pods without a budget go all at once; those of a budget in waves of as many as it admits once all replicas are healthy.
 * Every pod is taken to need its whole grace period, so this is long rather than short.
 */
export const estimateSeconds = (
  moving: readonly Pod[],
  { index, isKubeletDead }: Pick<DrainContext, 'index' | 'isKubeletDead'>,
  now: Date,
): number => {
  if (isKubeletDead || moving.length === 0) return 0;
  const groups = new Map<BudgetState | undefined, Pod[]>();
  for (const pod of moving) {
    const budget = index.budgetsByPod.get(pod.metadata.uid)?.[0];
    const group = groups.get(budget);
    if (group === undefined) groups.set(budget, [pod]);
    else group.push(pod);
  }
  return Math.max(...[...groups].map(([budget, pods]) => secondsOf(budget, pods, now)));
};

const secondsOf = (budget: BudgetState | undefined, pods: readonly Pod[], now: Date): number => {
  const longest = Math.max(...pods.map(pod => stillSeconds(pod, now)));
  if (budget === undefined) return longest;
  const atOnce = Math.max(1, budget.strength - budget.desiredHealthy);
  const waves = Math.ceil(pods.length / atOnce);
  return waves * longest + (waves - 1) * replacementSeconds;
};
