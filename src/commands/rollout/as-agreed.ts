import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { HostResult } from '../../core/result.ts';
import type { Refusal } from '../../installers/installer.ts';
import type { Blocker, DrainJudgement } from '../../plan/drain/judgement.ts';
import { stillAsPlanned } from '../../plan/drain/still-as-planned.ts';
import type { SavedPlan } from '../../plan/plan-file.ts';
import { type ClusterToSave, clusterDifferences, hostsBeyond } from '../../plan/saved-cluster.ts';
import { stateOfCode } from '../host-failure.ts';
import { drainWords, type RolloutContext } from './node-work.ts';
import type { ClusterPlan } from './plan-cluster.ts';

/** The cluster, and what is planned there, as far as it is agreed to. */
export interface AgreedSide {
  readonly facts: Pick<ClusterFacts, 'uid' | 'kubeletConfig'>;
  readonly plan: Pick<ClusterPlan, 'cluster' | 'nodes' | 'judgements'> & {
    readonly rollout: { readonly batches: readonly { readonly hosts: readonly string[] }[] };
  };
}

/** What a saved plan has to hold of the cluster to bind a later apply to it. */
export const clusterToSave = ({ facts, plan }: AgreedSide): ClusterToSave => ({
  uid: facts.uid,
  batches: plan.rollout.batches.map(({ hosts }) => hosts),
  changes: plan.cluster.changes,
  kubeletConfig: facts.kubeletConfig.known ? facts.kubeletConfig.value : undefined,
});

/** What the operator agreed to lose: of the saved plan where there is one, else of the plan that was just shown. */
export const agreedLosses = ({ plan }: AgreedSide, saved: SavedPlan | undefined): RolloutContext['agreed'] =>
  saved === undefined
    ? [...plan.judgements.values()]
    : Object.values(saved.hosts).map(({ accepted }) => ({ accepted: accepted ?? [] }));

/** Nodes are refused where the cluster, who is taken out of service, or what is lost by it is not what was agreed to. */
export const refuseBeyondAgreed = (
  results: readonly HostResult[],
  side: AgreedSide | undefined,
  saved: SavedPlan,
): readonly HostResult[] => {
  if (side === undefined) return results;
  const now = clusterToSave(side);
  const [whole] = clusterDifferences(saved.cluster, now, saved.salt);
  const beyond = new Set(saved.cluster === undefined ? [] : hostsBeyond(saved.cluster, now));
  const agreed = agreedLosses(side, saved);
  return results.map(result => {
    if (result.state !== 'ok' || !side.plan.nodes.has(result.host)) return result;
    const refusal =
      whole ??
      (beyond.has(result.host) ? notInBatches : undefined) ??
      newLosses(side.plan.judgements.get(result.host), agreed);
    return refusal === undefined ? result : refused(result, refusal);
  });
};

const notInBatches: Refusal = {
  code: 'guard-mismatch',
  message: 'the node would be taken out of service, and the saved plan did not say so',
  hint: 'Plan again with --out and look at the batches.',
};

const newLosses = (now: DrainJudgement | undefined, agreed: RolloutContext['agreed']): Refusal | undefined => {
  // What blocks a drain whatever was agreed has refused it already.
  const blockers: readonly Blocker[] =
    now === undefined ? [] : stillAsPlanned(agreed, { blockers: [], accepted: now.accepted });
  return now === undefined || blockers.length === 0
    ? undefined
    : { code: 'drain-infeasible', message: drainWords(now.node, blockers) };
};

const refused = (result: HostResult, { code, message, hint }: Refusal): HostResult => ({
  ...result,
  state: stateOfCode(code),
  error: { code, message, ...(hint === undefined ? {} : { hint }) },
});
