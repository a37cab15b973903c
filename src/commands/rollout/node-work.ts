import type { RunIdentity } from '../../apply/programs.ts';
import type { DrainDecision } from '../../apply/rollout/node-progress.ts';
import { type NodeRollout, nodeRollout } from '../../apply/rollout/node-rollout.ts';
import type { HoldAnswer } from '../../apply/run-host.ts';
import { type ClusterClock, systemClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';
import { judgeDrain } from '../../plan/drain/judge-drain.ts';
import type { Blocker, DrainJudgement } from '../../plan/drain/judgement.ts';
import { stillAsPlanned } from '../../plan/drain/still-as-planned.ts';
import { blockerWords } from '../../plan/drain/words.ts';
import { judgeControlPlane } from '../../plan/rollout/control-plane.ts';

/** What all nodes of a rollout share. */
export interface RolloutContext {
  readonly cluster: Cluster;
  /** The cluster as it is now; nodes of a batch share an answer. */
  readonly gather: () => Promise<ClusterFacts>;
  readonly settings: RolloutSettings;
  /** What the operator agreed to lose, of all nodes of the plan. */
  readonly agreed: readonly Pick<DrainJudgement, 'accepted'>[];
  readonly allowApiOutage: boolean;
  /** The lock of the cluster need not be renewed until the function given back is called: the API is away by our own doing. */
  readonly expectOutage: () => () => void;
  readonly identity: RunIdentity;
  readonly signal: AbortSignal;
}

export interface NodeOfHost {
  readonly node: string;
  readonly kind: 'restart' | 'drain';
  /** Why it is cordoned: what changes there. */
  readonly reason: string;
  /** Kubelet and runtime use different cgroup drivers as it is. */
  readonly driversDisagree: boolean;
  readonly emptySandboxes: (signal: AbortSignal) => Promise<HoldAnswer>;
  readonly tell: (note: string) => void;
  readonly settle: string;
}

/** A kubelet that was started reports in seconds; on a loaded machine with a cold image cache it takes longer. */
const readyTimeoutMs = 180_000;
const clock: ClusterClock = systemClock;

/** One host's Node on its way through the rollout. */
export const nodeWork = (rollout: RolloutContext, host: NodeOfHost): NodeRollout =>
  nodeRollout({
    ...host,
    cluster: rollout.cluster,
    identity: rollout.identity,
    drainTimeoutMs: rollout.settings.drain.timeoutMs,
    settleTimeoutMs: rollout.settings.settleTimeoutMs,
    readyTimeoutMs,
    expectOutage: rollout.expectOutage,
    judge: () => judgeAgain(rollout, host.node),
    clock,
    signal: rollout.signal,
  });

/** Only pods seen in the plan are accepted; a new blocker refuses again. */
const judgeAgain = async (
  { gather, settings, agreed, allowApiOutage }: RolloutContext,
  name: string,
): Promise<DrainDecision> => {
  const cluster = await gather();
  const node = cluster.nodes.find(({ metadata }) => metadata.name === name);
  if (node === undefined) {
    return { ok: false, code: 'cluster-mismatch', reason: `Node ${name} is not in the cluster any more` };
  }
  const now = judgeDrain({ node, cluster, accept: settings.drain.accept, now: clock.date() });
  const blockers = stillAsPlanned(agreed, now);
  const { refusals, takesApiDown } = judgeControlPlane({ node: name, cluster, allowApiOutage });
  const [refusal] = refusals;
  if (refusal !== undefined) return { ok: false, code: refusal.code, reason: refusal.message };
  const { workloads } = cluster;
  if (blockers.length === 0) return { ok: true, pods: now.moving, takesApiDown, workloads };
  return { ok: false, code: 'drain-infeasible', reason: drainWords(name, blockers) };
};

/** As ux.md has it: what is in the way, and the remedy, for each. */
export const drainWords = (node: string, blockers: readonly Blocker[]): string =>
  [
    `draining Node ${node} would never finish, or would lose what nobody agreed to lose:`,
    ...blockers.map(blocker => `- ${blockerWords(blocker)}`),
  ].join('\n');
