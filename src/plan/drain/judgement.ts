import type { DrainAnswer } from '../../core/result.ts';
import type { DrainLoss } from '../../core/rollout-settings.ts';
import type { BlockerKind } from './drain-context.ts';

/** What draining one node would do, and whether it can: data, kept in a saved plan and compared before the node is touched. */
export interface DrainJudgement {
  readonly node: string;
  readonly answer: DrainAnswer;
  readonly blockers: readonly Blocker[];
  readonly waits: readonly Told[];
  readonly warnings: readonly Told[];
  readonly moving: readonly MovingPod[];
  /** What the operator has accepted to lose, pod by pod. */
  readonly accepted: readonly AcceptedLoss[];
  /** From grace periods and budgets; replacements may take longer to start. */
  readonly estimateSeconds: number;
  /** false: the kubelet is dead, so no pod leaves by itself and none is waited for. */
  readonly areEvictionsAwaited: boolean;
}

export interface Blocker {
  readonly kind: BlockerKind;
  /** `shop/cart-1` */
  readonly pods: readonly string[];
  /** What is wrong, a sentence without its end. */
  readonly reason: string;
  readonly remedy: string;
}

export interface Told {
  readonly pods: readonly string[];
  readonly reason: string;
}

export interface MovingPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly graceSeconds: number;
  /** Of what brings it back: a Deployment rather than its ReplicaSet. */
  readonly controllerUid?: string;
}

export interface AcceptedLoss {
  readonly loss: DrainLoss;
  /** `shop/cart-1` */
  readonly pod: string;
  readonly uid: string;
  readonly controllerUid?: string;
}
