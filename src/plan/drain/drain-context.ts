import type { Node, Pod } from '../../cluster/objects.ts';
import type { DrainLoss } from '../../core/rollout-settings.ts';
import type { ClusterIndex } from './cluster-index.ts';

/** One node's drain, as the rules see it. */
export interface DrainContext {
  readonly node: Node;
  readonly index: ClusterIndex;
  readonly accept: ReadonlySet<DrainLoss>;
  /** Its kubelet ends no pod, so nothing that leaves it is waited for (design 3.10). */
  readonly isKubeletDead: boolean;
  /** Nodes that are away at the same time. */
  readonly away: ReadonlySet<string>;
}

export type BlockerKind = DrainLoss | 'budget' | 'budgets-overlap' | 'no-node';

/** Why a pod is in the way. Pods with the same cause are told together. */
export interface Objection {
  readonly kind: BlockerKind;
  /** A sentence without its end; the names of the pods are told before it or are part of it. */
  readonly cause: string;
  readonly remedy: string;
  /** Few words for the pod alone. */
  readonly reason: string;
}

export type Opinion =
  | ({ readonly verdict: 'block' } & Objection)
  /** Would block, and was accepted. */
  | { readonly verdict: 'accepted'; readonly loss: DrainLoss; readonly reason: string }
  /** Goes as soon as its budget admits it. */
  | { readonly verdict: 'wait'; readonly cause: string; readonly reason: string }
  | { readonly verdict: 'warn'; readonly cause: string };

/** A rule about pods that do not stay by nature; undefined: nothing to say. */
export type DrainRule = (pod: Pod, context: DrainContext) => Opinion | undefined;

/** The three kinds of loss that only the operator can accept, each by its own name. */
export const lossOpinion = (loss: DrainLoss, { accept }: DrainContext, objection: Omit<Objection, 'kind'>): Opinion =>
  accept.has(loss)
    ? { verdict: 'accepted', loss, reason: objection.reason }
    : { verdict: 'block', kind: loss, ...objection };

export const acceptBy = (loss: DrainLoss): string => `--force-drain ${loss} (or rollout.drain.accept: [${loss}])`;
