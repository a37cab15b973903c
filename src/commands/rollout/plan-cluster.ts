import type { Change } from '../../changes/change.ts';
import { clusterChecks } from '../../checks/index.ts';
import { judgeCluster } from '../../checks/judge.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import { isMarked } from '../../cluster/cordon-mark.ts';
import type { Node } from '../../cluster/objects.ts';
import { disruptions, type HostError, type HostResult, type NodeAnswer, type Run } from '../../core/result.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import {
  type ClusterChange,
  type ClusterHost,
  type ClusterRecordsPlan,
  planClusterRecords,
} from '../../plan/cluster-plan.ts';
import { judgeDrains } from '../../plan/drain/judge-drain.ts';
import type { DrainJudgement } from '../../plan/drain/judgement.ts';
import { isCordoned, isNodeReady } from '../../plan/drain/nodes.ts';
import type { HostPlan } from '../../plan/host-plan.ts';
import { judgeControlPlane } from '../../plan/rollout/control-plane.ts';
import { planRollout, type RolloutPlan } from '../../plan/rollout/plan-rollout.ts';
import type { RolloutHost } from '../../plan/rollout/rollout-host.ts';
import { findNodes, type NodeEvidence } from './find-nodes.ts';
import { drainWords } from './node-work.ts';
import type { RolloutFlags } from './with-cluster.ts';

/** The plans of all hosts, seen together with the cluster that they are nodes of. */
export interface ClusterPlan {
  readonly results: readonly HostResult[];
  readonly rollout: RolloutPlan;
  readonly cluster: NonNullable<Run['cluster']>;
  /** What kubeadm keeps in the cluster and is to be changed. */
  readonly records: readonly ClusterChange[];
  readonly clusterHosts: readonly ClusterHost[];
  /** Host → its Node, for those that have joined. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** Host → what its drain would do, for those that are drained. */
  readonly judgements: ReadonlyMap<string, DrainJudgement>;
  /** Hosts whose node a run of ours cordoned and did not bring back. */
  readonly marked: ReadonlySet<string>;
  /** Something about the cluster or a drain bars the rollout: none of its nodes is begun. */
  readonly barred: boolean;
}

const nothingKept: ClusterRecordsPlan = { changes: [], findings: [], refusals: [] };

/** A host that is to be changed, and what that needs. */
export interface HostNeed {
  readonly host: InventoryHost;
  readonly need: RolloutHost['disruption'];
}

export interface HostsInCluster {
  readonly results: readonly HostResult[];
  readonly inventoryHosts: readonly InventoryHost[];
  /** Those that may be changed. */
  readonly hosts: readonly HostNeed[];
  readonly observed: ReadonlyMap<string, NodeEvidence>;
  /** For what kubeadm keeps in the cluster; undefined: it is left alone. */
  readonly records?: {
    readonly hosts: (nodes: ReadonlyMap<string, Node>) => readonly ClusterHost[];
    readonly mask: (text: string) => string;
  };
}

export interface PlanClusterOptions {
  readonly settings: RolloutSettings;
  readonly flags: RolloutFlags;
  /** Hosts over which the API is reached (cluster.via); undefined: from here. */
  readonly via: readonly string[] | undefined;
  readonly now: Date;
}

export const planCluster = (
  { results, inventoryHosts, hosts, observed, records }: HostsInCluster,
  facts: ClusterFacts,
  { settings, flags, via, now }: PlanClusterOptions,
): ClusterPlan => {
  const { nodes, refusals } = findNodes(inventoryHosts, observed, facts);
  const rollout = planRollout({
    hosts: hosts
      .filter(({ host }) => !refusals.has(host.name))
      .map(each => rolloutHost(each, nodes.get(each.host.name), observed.get(each.host.name))),
    clusterNodes: facts.nodes,
    settings,
  });
  const judgements = judgeBatches(rollout, nodes, facts, { settings, now });
  const clusterHosts = records?.hosts(nodes) ?? [];
  const kept = records === undefined ? nothingKept : planClusterRecords(facts, clusterHosts, records.mask);
  const rolled = rollout.batches.flatMap(({ hosts: of }) => of);
  const errors = new Map<string, HostError>([
    ...kept.refusals.flatMap(refusal => rolled.map(host => [host, errorOf(refusal)] as const)),
    ...[...refusals].map(([host, refusal]) => [host, errorOf(refusal)] as const),
    ...rollout.problems.flatMap(({ hosts: of, ...problem }) => of.map(host => [host, errorOf(problem)] as const)),
    ...[...judgements].flatMap(([host, judgement]) => infeasible(host, judgement)),
    ...apiOutages(rollout, nodes, facts, flags),
    ...onlyWay(rollout, via),
  ]);
  return {
    results: results.map(result => withCluster(result, nodes, judgements, errors)),
    rollout,
    cluster: {
      uid: facts.uid,
      findings: [...judgeCluster(clusterChecks, facts), ...kept.findings],
      changes: kept.changes.map(({ planned }) => planned),
    },
    records: kept.changes,
    clusterHosts,
    nodes,
    judgements,
    marked: new Set([...nodes].filter(([, node]) => isMarked(node)).map(([host]) => host)),
    barred: errors.size > 0,
  };
};

export const nodeAnswer = (node: Node): NodeAnswer => ({
  name: node.metadata.name,
  ready: isNodeReady(node),
  cordonedBy: isCordoned(node) ? (isMarked(node) ? 'nodeprep' : 'other') : null,
});

const rolloutHost = (
  { host, need }: HostNeed,
  node: Node | undefined,
  facts: Pick<ObservedFacts, 'clusterState'> | undefined,
): RolloutHost => ({
  host: host.name,
  role: host.desired.role,
  groups: host.desired.groups,
  disruption: need,
  node: node === undefined ? undefined : nodeAnswer(node),
  joined: facts?.clusterState.known === true && facts.clusterState.value.joined,
});

type NeededChange = Pick<Change, 'disruption' | 'needsNoSandboxes'>;

/** Nothing but the change, a place in a batch, or an empty node. */
export const needOf = ({
  changes,
  later,
}: Pick<HostPlan, 'later'> & { readonly changes: readonly NeededChange[] }): RolloutHost['disruption'] => {
  const worst = Math.max(0, ...[...changes, ...later].map(({ disruption }) => disruptions.indexOf(disruption)));
  if (worst >= disruptions.indexOf('drain') || changes.some(change => change.needsNoSandboxes === true)) return 'drain';
  return worst >= disruptions.indexOf('restart') ? 'restart' : 'none';
};

const judgeBatches = (
  { batches }: RolloutPlan,
  nodes: ClusterPlan['nodes'],
  facts: ClusterFacts,
  { settings, now }: { readonly settings: RolloutSettings; readonly now: Date },
): ReadonlyMap<string, DrainJudgement> => {
  const nameOf = (host: string) => nodes.get(host)?.metadata.name;
  const drained = batches.filter(({ kind }) => kind === 'drain');
  const away = new Map(
    drained.flatMap(({ hosts }) => hosts.map(host => [nameOf(host), hosts.flatMap(name => nameOf(name) ?? [])])),
  );
  const targets = drained.flatMap(({ hosts }) => hosts.flatMap(host => nodes.get(host) ?? []));
  const judged = judgeDrains(targets, facts, node => ({
    accept: settings.drain.accept,
    now,
    away: away.get(node.metadata.name) ?? [],
  }));
  return new Map(
    drained
      .flatMap(({ hosts }) => hosts)
      .flatMap(host => {
        const judgement = judged.get(nameOf(host) ?? '');
        return judgement === undefined ? [] : [[host, judgement] as const];
      }),
  );
};

const apiOutages = (
  { batches }: RolloutPlan,
  nodes: ClusterPlan['nodes'],
  cluster: ClusterFacts,
  { allowApiOutage }: RolloutFlags,
): readonly (readonly [string, HostError])[] =>
  batches
    .filter(({ kind }) => kind === 'drain')
    .flatMap(({ hosts }) => hosts)
    .flatMap(host => {
      const node = nodes.get(host)?.metadata.name;
      if (node === undefined) return [];
      const [refusal] = judgeControlPlane({ node, cluster, allowApiOutage }).refusals;
      return refusal === undefined ? [] : [[host, errorOf(refusal)] as const];
    });

/** While a host is changed, kubectl is not run on it. */
const onlyWay = (
  { batches }: RolloutPlan,
  via: readonly string[] | undefined,
): readonly (readonly [string, HostError])[] => {
  const rolled = new Set(batches.flatMap(({ hosts }) => hosts));
  const [only, ...others] = via ?? [];
  if (only === undefined || others.length > 0 || !rolled.has(only)) return [];
  const message = `kubectl runs on ${only} only (cluster.via), and that host is to be changed itself`;
  const hint = 'Name another control-plane host in cluster.via, or give cluster.kubeconfig.';
  return [[only, { code: 'plan-refused', message, hint }]];
};

const infeasible = (host: string, { node, blockers }: DrainJudgement): readonly (readonly [string, HostError])[] =>
  blockers.length === 0 ? [] : [[host, { code: 'drain-infeasible', message: drainWords(node, blockers) }]];

const errorOf = ({ code, message, hint }: { code: string; message: string; hint?: string }): HostError => ({
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
});

const withCluster = (
  result: HostResult,
  nodes: ClusterPlan['nodes'],
  judgements: ClusterPlan['judgements'],
  errors: ReadonlyMap<string, HostError>,
): HostResult => {
  const node = nodes.get(result.host);
  const judgement = judgements.get(result.host);
  const error = errors.get(result.host);
  return {
    ...result,
    ...(node === undefined ? {} : { node: nodeAnswer(node) }),
    ...(judgement === undefined ? {} : { drain: judgement.answer }),
    ...(error === undefined || result.state !== 'ok' ? {} : { state: 'refused', error }),
  };
};
