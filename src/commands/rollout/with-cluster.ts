import type { HostResult, Run } from '../../core/result.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { RolloutNotes } from '../../report/options.ts';
import type { ClusterSide } from './cluster-side.ts';
import { rolloutNotes } from './notes.ts';
import { type ClusterPlan, type HostsInCluster, planCluster } from './plan-cluster.ts';

/** What the operator admits of a rollout beyond the inventory. */
export interface RolloutFlags {
  /** Kinds of loss accepted for this run: `--force-drain empty-dir`. */
  readonly forceDrain: RolloutSettings['drain']['accept'];
  readonly allowApiOutage: boolean;
  /** Goes on with a rollout that was stopped: its canary has been. */
  readonly resume: boolean;
}

/** The plans of all hosts, and the cluster where one of them is a node of it and the inventory names it. */
export interface WholePlan {
  readonly results: readonly HostResult[];
  /** For the result of the run. */
  readonly pieces: Pick<Run, 'batches' | 'cluster'>;
  /** For people only; undefined: no host is a node of a cluster that is named. */
  readonly notes: RolloutNotes | undefined;
  readonly side: (ClusterSide & { readonly plan: ClusterPlan; readonly settings: RolloutSettings }) | undefined;
  close(): Promise<void>;
}

export const planWithCluster = (
  hosts: HostsInCluster,
  inventory: Pick<Inventory, 'cluster' | 'rollout'>,
  side: ClusterSide | undefined,
  { flags }: { readonly flags: RolloutFlags },
): WholePlan => {
  const { cluster: access } = inventory;
  if (side === undefined || access === undefined) {
    const pieces = { batches: present(changing(hosts.results)) };
    return { results: hosts.results, pieces, notes: undefined, side: undefined, close: async () => undefined };
  }
  const settings = settingsFor(inventory.rollout, flags);
  const via = access.kind === 'via' ? access.hosts.map(({ name }) => name) : undefined;
  const plan = planCluster(hosts, side.facts, { settings, flags, via, now: new Date() });
  return {
    results: plan.results,
    pieces: {
      batches: [...present(atOnceOf(plan)), ...plan.rollout.batches.map(({ hosts: of }) => of)],
      cluster: plan.cluster,
    },
    notes: rolloutNotes(plan, atOnceOf(plan)),
    side: { ...side, plan, settings },
    close: () => side.cluster.close(),
  };
};

/** Hosts with changes, which go side by side. */
const changing = (results: readonly HostResult[]): readonly string[] =>
  results.filter(({ changes, state }) => state === 'ok' && changes.length > 0).map(({ host }) => host);

const atOnceOf = ({ results, rollout }: ClusterPlan): readonly string[] => {
  const immediate = new Set(rollout.immediate);
  return changing(results).filter(host => immediate.has(host));
};

const present = (batch: readonly string[]): readonly (readonly string[])[] => (batch.length === 0 ? [] : [batch]);

const settingsFor = (settings: RolloutSettings, { forceDrain, resume }: RolloutFlags): RolloutSettings => ({
  ...settings,
  drain: { ...settings.drain, accept: [...new Set([...settings.drain.accept, ...forceDrain])] },
  canary: resume ? undefined : settings.canary,
});
