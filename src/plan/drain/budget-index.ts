import type { PodDisruptionBudget } from '../../cluster/objects.ts';
import { type BudgetState, type CountedPods, stateOfBudget } from './budget-strength.ts';
import type { FindPods } from './label-index.ts';

/** Budgets by the uid of the pods that they cover. */
export const indexBudgets = (
  budgets: readonly PodDisruptionBudget[],
  findPods: FindPods,
  counted: CountedPods,
): ReadonlyMap<string, readonly BudgetState[]> => {
  const byPod = new Map<string, BudgetState[]>();
  for (const budget of budgets) {
    const covered = findPods(budget.metadata.namespace ?? '', budget.spec.selector);
    const state = stateOfBudget(budget, covered, counted);
    for (const { metadata } of covered) {
      const others = byPod.get(metadata.uid);
      if (others === undefined) byPod.set(metadata.uid, [state]);
      else others.push(state);
    }
  }
  return byPod;
};
