import { type BudgetState, desiredOf } from './budget-strength.ts';
import { workloadName } from './controllers.ts';

/** `minAvailable 2` */
export const describeBudget = ({ budget: { spec } }: BudgetState): string => {
  if (spec.maxUnavailable !== undefined) return `maxUnavailable ${spec.maxUnavailable}`;
  return spec.minAvailable === undefined
    ? 'neither minAvailable nor maxUnavailable is set'
    : `minAvailable ${spec.minAvailable}`;
};

export const whyNever = (state: BudgetState): string => {
  const { name, strength, unscalable } = state;
  const who = `PodDisruptionBudget ${name}`;
  if (state.never === 'not-computable') {
    return `${who} (${describeBudget(state)}) lets no pod go: it covers ${unscalable.join(', ')}, which ${unscalable.length === 1 ? 'has' : 'have'} no number of replicas to compute it from`;
  }
  if (state.never === 'nothing-expected') {
    return `${who} (${describeBudget(state)}) lets no pod go: no replicas are expected of what it covers`;
  }
  return `${who} allows 0 of ${strength} to go (${describeBudget(state)})`;
};

export const remedyFor = (state: BudgetState): string => {
  if (state.never === 'not-computable') return 'Set minAvailable of the budget to a number, or --limit other hosts';
  if (state.never === 'nothing-expected') {
    return 'Set minAvailable of the budget to a number below that of its pods, or --limit other hosts';
  }
  const [workload, ...others] = state.workloads;
  const enough = replicasEnough(state);
  if (workload === undefined || others.length > 0 || enough === undefined)
    return 'Lower the budget, or --limit other hosts';
  return `Scale ${workloadName(workload)} to ${enough}, or lower its budget, or --limit other hosts`;
};

/** More than this is no advice. */
const maxAdvice = 20;

/** The smallest number of replicas with which the budget lets one go. Pods that it covers beside the workload stay as they are. */
const replicasEnough = ({ budget, workloads, strength }: BudgetState): number | undefined => {
  const wanted = workloads[0]?.wanted ?? 0;
  const beside = strength - wanted;
  for (let replicas = wanted + 1; replicas <= wanted + maxAdvice; replicas += 1) {
    if (replicas + beside > desiredOf(budget, replicas)) return replicas;
  }
  return undefined;
};
