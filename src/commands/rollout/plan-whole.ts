import type { Inventory } from '../../inventory/inventory.ts';
import { clusterWideOf } from '../../plan/kubeadm-records.ts';
import type { CommonOptions, PlanFlags } from '../context.ts';
import type { OpenHost } from '../open-host.ts';
import { inCluster, type PlanHostsOptions, type PlannedHosts, planHosts, planHostsAgain } from '../plan-hosts.ts';
import { askConfigz } from './ask-configz.ts';
import { clusterHosts } from './cluster-hosts.ts';
import { openSideFor } from './cluster-side.ts';
import { planWithCluster, type RolloutFlags, type WholePlan } from './with-cluster.ts';

export interface PlanWholeOptions extends PlanHostsOptions {
  readonly options: CommonOptions & PlanFlags & RolloutFlags;
  readonly open: OpenHost;
  readonly use: 'plan' | 'rollout';
}

export interface Planned {
  readonly hosts: PlannedHosts;
  readonly whole: WholePlan;
  /** What every later plan of these hosts must go by. */
  readonly flags: PlanFlags;
}

/** inventory → facts → cluster → plan. A host is planned again once it is known what the cluster keeps for all of them. */
export const planWhole = async (inventory: Inventory, asked: PlanWholeOptions): Promise<Planned> => {
  const rollout = inventory.cluster !== undefined;
  const { context, open, use, redact } = asked;
  const options = { ...asked.options, rollout };
  const seen = await planHosts(inventory.hosts, { ...asked, options });
  const side = await openSideFor(inventory.cluster, seen.observed, { open, context, use });
  if (side === undefined) {
    const whole = planWithCluster(inCluster(inventory.hosts, seen), inventory, undefined, { flags: options });
    return { hosts: seen, whole, flags: options };
  }
  const every = [...inventory.hosts, ...(inventory.leftOut ?? [])].map(({ desired }) => desired);
  const flags = { ...options, clusterWide: clusterWideOf(side.facts, every) };
  const hosts = planHostsAgain(seen, flags, redact);
  const records = {
    hosts: (nodes: Parameters<typeof clusterHosts>[2]) => clusterHosts(inventory, hosts, nodes, side.facts.nodes),
    mask: redact.text,
  };
  const whole = planWithCluster({ ...inCluster(inventory.hosts, hosts), records }, inventory, side, { flags });
  if (whole.side === undefined) return { hosts, whole, flags };
  const results = await askConfigz(whole.results, whole.side.plan, hosts.observed, side.cluster);
  return { hosts, whole: { ...whole, results }, flags };
};
