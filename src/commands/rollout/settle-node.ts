import type { SettledRun } from '../../apply/recover.ts';
import type { HostEnd } from '../../apply/rollout/node-progress.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import { isMarked } from '../../cluster/cordon-mark.ts';
import type { Finding, HostResult } from '../../core/result.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { Refusal } from '../../installers/installer.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import type { HostProgress } from '../../ui/progress.ts';
import { driversAgree, joinNode } from '../apply-host.ts';
import { stateOfCode } from '../host-failure.ts';
import { findNodes } from './find-nodes.ts';
import { nodeWork, type RolloutContext } from './node-work.ts';
import { nodeAnswer } from './plan-cluster.ts';

export interface SettleNodeOptions {
  readonly rollout: RolloutContext;
  readonly cluster: Pick<ClusterFacts, 'nodes' | 'uid'>;
  readonly settled: readonly SettledRun[];
  /** The host as it is now, its runs settled. */
  readonly facts: ObservedFacts;
  readonly findings: readonly Finding[];
  readonly progress: HostProgress;
  readonly settle: string;
}

/** Brings back a node that a run of ours cordoned and did not bring back, or says why it stays as it is. */
export const settleNode = async (
  host: InventoryHost,
  result: HostResult,
  options: SettleNodeOptions,
): Promise<HostResult> => {
  const { rollout, cluster, settled, facts, findings, progress, settle } = options;
  const found = findNodes([host], new Map([[host.name, facts]]), cluster);
  const refusal = found.refusals.get(host.name);
  if (refusal !== undefined) return refused(result, refusal);
  const node = found.nodes.get(host.name);
  if (node === undefined) return result;
  if (!isMarked(node)) return { ...result, node: nodeAnswer(node) };
  const work = nodeWork(rollout, {
    node: node.metadata.name,
    kind: 'drain',
    reason: '',
    driversDisagree: false,
    emptySandboxes: async () => ({ go: true }),
    tell: progress.note,
    settle,
  });
  work.adopt();
  const joined = joinNode(result, await work.finish(endOf(settled), driversAgree(findings)));
  const isBack = joined.node?.cordonedBy === null;
  return isBack && joined.state === 'ok' ? { ...joined, outcome: 'changed' } : joined;
};

/** Of a host on which nothing was left to settle, nothing was done. */
const refused = (result: HostResult, error: Refusal): HostResult =>
  result.state === 'ok' && result.outcome === 'unchanged'
    ? { ...result, state: stateOfCode(error.code), error }
    : joinNode(result, { error });

/** The worst of what the host's own runs came to. */
const endOf = (settled: readonly SettledRun[]): HostEnd => {
  const words = settled.map(({ end }) => (end.kind === 'settled' ? end.word : 'unknown'));
  if (words.includes('unknown')) return 'unknown';
  return words.includes('partial') ? 'partial' : 'reverted';
};
