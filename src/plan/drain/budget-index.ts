import type { Pod, PodDisruptionBudget } from '../../cluster/objects.ts';
import { type BudgetState, type CountedPods, stateOfBudget } from './budget-strength.ts';
import { selects } from './selectors.ts';

/** Budgets by the uid of the pods that they cover. */
export const indexBudgets = (
  budgets: readonly PodDisruptionBudget[],
  podsByNamespace: ReadonlyMap<string, readonly Pod[]>,
  counted: CountedPods,
): ReadonlyMap<string, readonly BudgetState[]> => {
  const byLabel = new Map<string, ReadonlyMap<string, readonly Pod[]>>();
  const byPod = new Map<string, BudgetState[]>();
  for (const budget of budgets) {
    const namespace = budget.metadata.namespace ?? '';
    const pods = podsByNamespace.get(namespace) ?? [];
    const labelled = byLabel.get(namespace) ?? indexLabels(pods);
    byLabel.set(namespace, labelled);
    const covered = narrowed(budget, pods, labelled).filter(({ metadata }) =>
      selects(budget.spec.selector, metadata.labels),
    );
    const state = stateOfBudget(budget, covered, counted);
    for (const { metadata } of covered) {
      const others = byPod.get(metadata.uid);
      if (others === undefined) byPod.set(metadata.uid, [state]);
      else others.push(state);
    }
  }
  return byPod;
};

const indexLabels = (pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> => {
  const index = new Map<string, Pod[]>();
  for (const pod of pods) {
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const label = `${key}=${value}`;
      const others = index.get(label);
      if (others === undefined) index.set(label, [pod]);
      else others.push(pod);
    }
  }
  return index;
};

/** The shortest list that holds every pod it can select: a namespace may have thousands of pods and hundreds of budgets. */
const narrowed = (
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
  labelled: ReadonlyMap<string, readonly Pod[]>,
): readonly Pod[] =>
  Object.entries(spec.selector?.matchLabels ?? {})
    .map(([key, value]) => labelled.get(`${key}=${value}`) ?? [])
    .reduce((shortest, next) => (next.length < shortest.length ? next : shortest), pods);
