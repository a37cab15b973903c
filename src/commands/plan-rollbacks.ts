import { describeRuns, purgedWords } from '../apply/past-runs.ts';
import type { HostPrograms, RunIdentity } from '../apply/programs.ts';
import { chooseRollback, type RollbackPlan } from '../apply/rollback.ts';
import { NodeprepError } from '../core/errors.ts';
import { disruptions, type HostResult, type PlannedChange } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { type EachHostOptions, eachHost } from './each-host.ts';
import { type HostConnection, withConnection } from './host-connection.ts';
import { observe } from './observe.ts';
import type { OpenHost } from './open-host.ts';
import type { NodeEvidence } from './rollout/find-nodes.ts';
import { type HostNeed, type HostsInCluster, needOf } from './rollout/plan-cluster.ts';
import { untouchedHost } from './run-result.ts';

export interface PlanRollbacksOptions extends EachHostOptions {
  readonly open: OpenHost;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  /** undefined: the last run of each host. */
  readonly runId: string | undefined;
  /** The inventory names the cluster: nodes are emptied before what disturbs their pods. */
  readonly rollout: boolean;
}

/** What is to be done on one host; a host with an interrupted run and no other has no plan. */
export interface HostRollback {
  readonly plan: RollbackPlan | undefined;
  readonly unfinished: boolean;
  /** What does not come back, a sentence each. */
  readonly gone: readonly string[];
}

export interface PlannedRollbacks extends HostsInCluster {
  /** Hosts with something to do. */
  readonly work: ReadonlyMap<string, HostRollback>;
}

/** Reads the runs of every host and says what would be taken back. Changes nothing. */
export const planRollbacks = async (
  hosts: readonly InventoryHost[],
  options: PlanRollbacksOptions,
): Promise<PlannedRollbacks> => {
  const work = new Map<string, HostRollback>();
  const observed = new Map<string, NodeEvidence>();
  const withoutRun = new Set<string>();
  const { open, programs, identity, runId } = options;
  const results = await eachHost(hosts, options, host =>
    withConnection(host, open, async connection => {
      const { runs, purged } = await describeRuns({ open: connection.open, programs, identity });
      if (runId !== undefined && !runs.some(run => run.runId === runId)) {
        withoutRun.add(host.name);
        return untouchedHost(host);
      }
      const plan = chooseRollback(runs, runId);
      const unfinished = runs.some(({ state }) => state === 'unfinished');
      if (plan === undefined && !unfinished) return untouchedHost(host);
      const facts = plan?.steps.some(({ change }) => disturbs(change))
        ? await nodeEvidence(connection, options.context.signal)
        : undefined;
      if (facts !== undefined && !options.rollout) refuseOnJoinedNode(facts);
      if (facts !== undefined) observed.set(host.name, facts);
      const gone = plan === undefined ? [] : purged.filter(({ runId: by }) => by >= plan.run.runId).map(purgedWords);
      work.set(host.name, { plan, unfinished, gone });
      return { ...untouchedHost(host), ...leftBehind(gone), changes: plan?.steps.map(({ change }) => change) ?? [] };
    }),
  );
  if (runId !== undefined && results.length === withoutRun.size) throw nowhere(runId);
  const needs = hosts.flatMap(host => {
    const plan = work.get(host.name)?.plan;
    return plan === undefined ? [] : [{ host, need: needOfRollback(plan) }];
  });
  return { results, work, inventoryHosts: hosts, hosts: needs, observed };
};

export const leftBehind = (gone: readonly string[]): Pick<HostResult, 'notReverted'> =>
  gone.length === 0 ? {} : { notReverted: gone };

/** A run rarely touched every host of an inventory; that it touched none is a mistake in its name. */
const nowhere = (runId: string): NodeprepError =>
  new NodeprepError('usage', `no host has a run ${runId}`, {
    hint: 'Without --run the last run of each host is taken back; /var/lib/nodeprep/runs on a host lists its runs.',
  });

/** What was installed on a bare host without disturbing anybody may run pods by now. */
const disturbs = ({ kind, disruption }: PlannedChange): boolean =>
  kind === 'package' || kind === 'archive' || disruptions.indexOf(disruption) >= disruptions.indexOf('restart');

const needOfRollback = ({ steps }: RollbackPlan): HostNeed['need'] => {
  const need = needOf({ changes: steps.map(({ change }) => change), later: [] });
  return need === 'none' && steps.some(({ change }) => disturbs(change)) ? 'restart' : need;
};

const nodeEvidence = async ({ open }: HostConnection, signal: AbortSignal): Promise<NodeEvidence> =>
  (await observe(await open(), ['clusterState', 'identity', 'kubelet', 'runs', 'cri'], signal)).facts;

/** Taking back a runtime's change disturbs pods as much as making it did (design 3.9). */
const refuseOnJoinedNode = ({ clusterState }: NodeEvidence): void => {
  if (clusterState.known && !clusterState.value.joined) return;
  const message = clusterState.known
    ? `this host is a node of a cluster (${clusterState.value.evidence ?? 'its kubelet has a kubeconfig'})`
    : `whether this host is a node of a cluster is unknown: ${clusterState.reason}`;
  throw new NodeprepError('joined-node', message, {
    hint: 'Taking the run back restarts its runtime. Name the cluster in the inventory (cluster), so that the node is drained first.',
  });
};
