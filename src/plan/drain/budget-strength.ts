import type { Pod, PodDisruptionBudget, Workload } from '../../cluster/objects.ts';
import type { Controller, ControllerOf } from './controllers.ts';
import { fullName, isFinished, isLeaving, isPodReady } from './pods.ts';

/** What a budget asks for and what it can ever have, as the disruption controller counts it. */
export interface BudgetState {
  readonly budget: PodDisruptionBudget;
  /** `shop/cart` */
  readonly name: string;
  readonly pods: readonly Pod[];
  /** Controllers of these pods whose replicas are known. */
  readonly workloads: readonly Workload[];
  /** Healthy pods once every replica that is wanted is there. */
  readonly strength: number;
  readonly desiredHealthy: number;
  readonly healthy: number;
  /** Evictions that it admits now. */
  readonly allowedNow: number;
  /** Why it never admits one, however healthy the pods; undefined: it will. */
  readonly never: 'at-full-strength' | 'not-computable' | 'nothing-expected' | undefined;
  /** Of `not-computable`: what has no number of replicas. */
  readonly unscalable: readonly string[];
}

export interface CountedPods {
  readonly controllerOf: ControllerOf;
  readonly liveByController: ReadonlyMap<string, readonly Pod[]>;
}

/** They have no scale, so a share of them cannot be computed, and the disruption controller then admits nothing at all. */
const unscalableKinds: ReadonlySet<string> = new Set(['Job', 'DaemonSet', 'Node', 'CronJob']);

/** What `total` pods must keep healthy. A share is rounded up, in both fields (GetScaledValueFromIntOrPercent). */
export const desiredOf = ({ spec }: PodDisruptionBudget, total: number): number => {
  const scaled = (value: number | string): number =>
    typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
  if (spec.maxUnavailable !== undefined) return Math.max(0, total - scaled(spec.maxUnavailable));
  return spec.minAvailable === undefined ? 0 : scaled(spec.minAvailable);
};

/** Only a plain count of pods to keep needs no scale of their controllers. */
const countsByScale = ({ spec }: PodDisruptionBudget): boolean =>
  spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';

const unscalableOf = (controller: Controller): string | undefined => {
  const kind = controller.kind === 'workload' ? controller.workload.kind : controller.owner.kind;
  const name = controller.kind === 'workload' ? controller.workload.metadata.name : controller.owner.name;
  return unscalableKinds.has(kind) ? `${kind} ${name}` : undefined;
};

/** Replicas of one controller that this budget covers once all are there: its labels may select only some of them. */
const fullCount = (
  controller: Controller,
  selected: ReadonlySet<Pod>,
  { liveByController }: Pick<CountedPods, 'liveByController'>,
): number => {
  const live = liveByController.get(controller.uid) ?? [];
  const covered = live.filter(pod => selected.has(pod)).length;
  if (controller.kind === 'other') return covered;
  const { wanted } = controller.workload;
  return covered === live.length ? wanted : covered + Math.max(0, wanted - live.length);
};

export const stateOfBudget = (budget: PodDisruptionBudget, pods: readonly Pod[], counted: CountedPods): BudgetState => {
  const { status } = budget;
  const selected = new Set(pods);
  const controllers = new Map<string, Controller>();
  let bare = 0;
  for (const pod of pods) {
    const controller = counted.controllerOf(pod);
    if (controller !== undefined) controllers.set(controller.uid, controller);
    else if (!isFinished(pod) && !isLeaving(pod)) bare += 1;
  }
  const all = [...controllers.values()];
  const isScaleUnknown = all.some(({ kind }) => kind === 'other');
  const counts = all.map(controller => fullCount(controller, selected, counted));
  const scales = all.map((controller, index) =>
    controller.kind === 'workload' ? controller.workload.wanted : (counts[index] ?? 0),
  );
  const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
  // Replicas of a custom resource are known to the disruption controller only.
  const strength = Math.max(total(counts) + bare, isScaleUnknown ? (status?.expectedPods ?? 0) : 0);
  const byScale = countsByScale(budget);
  const scale = Math.max(total(scales), isScaleUnknown ? (status?.expectedPods ?? 0) : 0);
  const expected = byScale ? scale : budget.spec.minAvailable === undefined ? 0 : pods.length;
  const desiredHealthy = desiredOf(budget, expected);
  const healthy = pods.filter(pod => isPodReady(pod) && !isLeaving(pod)).length;
  const unscalable = byScale ? all.flatMap(controller => unscalableOf(controller) ?? []) : [];
  return {
    budget,
    name: fullName(budget.metadata),
    pods,
    workloads: all.flatMap(controller => (controller.kind === 'workload' ? [controller.workload] : [])),
    strength,
    desiredHealthy,
    healthy,
    allowedNow: status?.disruptionsAllowed ?? 0,
    never: neverOf({ unscalable, expected, strength, desiredHealthy }),
    unscalable,
  };
};

const neverOf = (counts: {
  readonly unscalable: readonly string[];
  readonly expected: number;
  readonly strength: number;
  readonly desiredHealthy: number;
}): BudgetState['never'] => {
  if (counts.unscalable.length > 0) return 'not-computable';
  if (counts.expected <= 0) return 'nothing-expected';
  return counts.strength <= counts.desiredHealthy ? 'at-full-strength' : undefined;
};
