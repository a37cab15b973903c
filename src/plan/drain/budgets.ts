import type { Pod } from '../../cluster/objects.ts';
import type { BudgetState } from './budget-strength.ts';
import { describeBudget, remedyFor, whyNever } from './budget-words.ts';
import type { DrainRule } from './drain-context.ts';
import { isLeaving, isPodReady } from './pods.ts';

/** Eviction does not ask budgets about these (canIgnorePDB of upstream's eviction subresource). */
const needsNoBudget = (pod: Pod): boolean => isLeaving(pod) || pod.status.phase === 'Pending';

/** An unhealthy pod goes without counting where its budget says so, or where enough healthy ones are left. */
const goesUnhealthy = (pod: Pod, { budget, healthy, desiredHealthy }: BudgetState): boolean =>
  !isPodReady(pod) &&
  (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (desiredHealthy > 0 && healthy >= desiredHealthy));

export const budgetsOverlap: DrainRule = (pod, { index, isKubeletDead }) => {
  const states = index.budgetsByPod.get(pod.metadata.uid) ?? [];
  if (states.length < 2 || isKubeletDead || needsNoBudget(pod)) return undefined;
  const names = states.map(({ name }) => name).sort();
  return {
    verdict: 'block',
    kind: 'budgets-overlap',
    cause: `PodDisruptionBudgets ${names.join(' and ')} cover the same pods, and the API evicts no pod that has more than one`,
    reason: `covered by ${names.length} budgets: ${names.join(', ')}`,
    remedy: 'Change the selector of one of them so that each pod has one budget, or --limit other hosts',
  };
};

/**
 * A budget that can never admit an eviction blocks. One that admits none now, since pods are unhealthy or moving, is waited for.
 * On a node whose kubelet is dead the pods are down already, and nothing is waited for.
 */
export const budgets: DrainRule = (pod, { index, isKubeletDead }) => {
  const [state, ...more] = index.budgetsByPod.get(pod.metadata.uid) ?? [];
  if (state === undefined || more.length > 0 || isKubeletDead || needsNoBudget(pod) || goesUnhealthy(pod, state)) {
    return undefined;
  }
  if (state.never !== undefined) {
    return {
      verdict: 'block',
      kind: 'budget',
      cause: whyNever(state),
      reason: `PodDisruptionBudget ${state.name} never lets it go (${describeBudget(state)})`,
      remedy: remedyFor(state),
    };
  }
  if (state.allowedNow > 0) return undefined;
  const { name, healthy, strength, desiredHealthy } = state;
  const cause = `PodDisruptionBudget ${name} lets none go now, ${healthy} of ${strength} are healthy and it keeps ${desiredHealthy}`;
  return { verdict: 'wait', cause, reason: `waits: ${cause}` };
};
