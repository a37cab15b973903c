import type { HoldAnswer } from '../../apply/run-host.ts';
import type { Change } from '../../changes/change.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import type { HostProgress } from '../../ui/progress.ts';
import { type ApplyHostOptions, driversDisagree } from '../apply-host.ts';
import type { HostConnection } from '../host-connection.ts';
import { emptyOverCri } from './empty-over-cri.ts';
import { nodeWork, type RolloutContext } from './node-work.ts';
import type { ClusterPlan } from './plan-cluster.ts';

type DescribedChange = Pick<Change, 'summary' | 'needsNoSandboxes'>;

export interface ApplyNodeOptions {
  readonly host: InventoryHost;
  readonly changes: readonly DescribedChange[];
  readonly rollout: RolloutContext;
  readonly plan: ClusterPlan;
  readonly connection: HostConnection;
  readonly progress: HostProgress;
  readonly settle: string;
}

/** What the rollout adds to the work on this host; nothing where no Node of it is disturbed. */
export const applyNode = (options: ApplyNodeOptions): Pick<ApplyHostOptions, 'node' | 'signal'> => {
  const { host, changes, rollout, plan, connection, progress, settle } = options;
  const node = plan.nodes.get(host.name);
  const batch = plan.rollout.batches.find(({ hosts }) => hosts.includes(host.name));
  const marked = plan.marked.has(host.name);
  const findings = plan.results.find(result => result.host === host.name)?.findings ?? [];
  if (node === undefined || (batch === undefined && !marked)) return { signal: rollout.signal };
  const empty = (signal: AbortSignal): Promise<HoldAnswer> =>
    emptyOverCri({ open: connection.open, signal, tell: progress.note });
  return {
    signal: rollout.signal,
    node: {
      marked,
      rollout: nodeWork(rollout, {
        node: node.metadata.name,
        kind: batch?.kind ?? 'drain',
        reason: reasonOf(changes),
        driversDisagree: driversDisagree(findings),
        emptySandboxes: empty,
        tell: progress.note,
        settle,
      }),
    },
  };
};

/** For the mark on the Node, where somebody else reads it. */
const reasonOf = (changes: readonly DescribedChange[]): string => {
  const needing = changes.filter(change => change.needsNoSandboxes === true);
  const words = (needing.length > 0 ? needing : changes).map(({ summary }) => summary).join('; ');
  return words.length > 200 ? `${words.slice(0, 199)}…` : words;
};
