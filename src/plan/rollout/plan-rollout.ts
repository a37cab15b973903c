import type { Node } from '../../cluster/objects.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';
import type { Refusal } from '../../installers/installer.ts';
import { isControlPlane } from '../drain/nodes.ts';
import { inOrder } from './in-order.ts';
import { isBroken, type RolloutHost, staysAway } from './rollout-host.ts';
import { isUnavailable, whyUnavailable, workersAtOnce, workersOf } from './unavailable.ts';

export interface RolloutPlan {
  /** In parallel and at once: nothing that runs there is disturbed, or nothing of a cluster runs there. */
  readonly immediate: readonly string[];
  /** One after another, the hosts of one at the same time. */
  readonly batches: readonly Batch[];
  readonly problems: readonly RolloutProblem[];
  /** For people: `1 of 2 workers at a time`. */
  readonly atOnce: { readonly workers: number; readonly ofWorkers: number };
}

export interface Batch {
  readonly hosts: readonly string[];
  /** Of all its hosts; a canary or a broken host may be a control plane too. */
  readonly role: RolloutHost['role'];
  readonly kind: 'restart' | 'drain';
  readonly reason: BatchReason;
}

export type BatchReason = 'broken' | 'canary' | 'workers' | 'control-plane';

/** These hosts cannot be rolled out. */
export interface RolloutProblem extends Refusal {
  readonly hosts: readonly string[];
}

export interface RolloutQuestion {
  readonly hosts: readonly RolloutHost[];
  /** Every Node of the cluster. */
  readonly clusterNodes: readonly Node[];
  readonly settings: Pick<RolloutSettings, 'maxUnavailable' | 'canary' | 'order'>;
}

/**
 * Who goes when (design 3.10). Broken targets first, since that costs nothing; then the canary, alone; then by group.
 * Within that workers go before control planes. Upstream and its tools take control planes first because a kubelet may not be newer
 * than its API server; no version changes here, and every drain and uncordon needs the API, so what serves it is touched last,
 * with a change that has been proved on the workers.
 */
export const planRollout = ({ hosts: given, clusterNodes, settings }: RolloutQuestion): RolloutPlan => {
  const hosts = given.map(host => withRealRole(host, clusterNodes));
  const isRolled = (host: RolloutHost) => host.disruption !== 'none' && host.joined;
  const rolled = hosts.filter(isRolled);
  const atOnce = workersAtOnce(settings.maxUnavailable, clusterNodes);
  const problems = problemsOf(rolled, clusterNodes, atOnce);
  const refused = new Set(problems.flatMap(problem => problem.hosts));
  const room = roomFor(rolled, clusterNodes, atOnce);
  return {
    immediate: hosts.filter(host => !isRolled(host)).map(({ host }) => host),
    batches: batchesOf(
      inOrder(
        rolled.filter(({ host }) => !refused.has(host)),
        settings,
      ),
      atOnce,
      room,
    ),
    problems,
    atOnce: { workers: atOnce, ofWorkers: workersOf(clusterNodes).length },
  };
};

/** A control plane by its label is one, whatever the inventory says: what it serves goes away with it. */
const withRealRole = (host: RolloutHost, nodes: readonly Node[]): RolloutHost => {
  const node = nodes.find(({ metadata }) => metadata.name === host.node?.name);
  return node !== undefined && isControlPlane(node) ? { ...host, role: 'control-plane' } : host;
};

/** Nodes of the cluster that are out of service and that this rollout does not repair, of one role. */
const othersAway = (
  rolled: readonly RolloutHost[],
  nodes: readonly Node[],
  isOfRole: (node: Node) => boolean,
): readonly Node[] => {
  const targets = new Set(rolled.flatMap(({ node }) => node?.name ?? []));
  return nodes.filter(node => isOfRole(node) && isUnavailable(node) && !targets.has(node.metadata.name));
};

const isWorker = (node: Node): boolean => !isControlPlane(node);
const isWorkerHost = ({ role }: RolloutHost): boolean => role === 'worker';

/** How many healthy workers may be taken out of service at once, beside those that are and stay out of it. */
const roomFor = (rolled: readonly RolloutHost[], nodes: readonly Node[], atOnce: number): number =>
  atOnce - othersAway(rolled, nodes, isWorker).length - rolled.filter(isWorkerHost).filter(staysAway).length;

const problemsOf = (
  rolled: readonly RolloutHost[],
  nodes: readonly Node[],
  atOnce: number,
): readonly RolloutProblem[] => {
  const healthy = rolled.filter(host => !isBroken(host));
  return [
    ...withoutNode(rolled),
    ...noRoom(healthy.filter(isWorkerHost), rolled, nodes, atOnce),
    ...controlPlaneAway(rolled, nodes),
  ];
};

const withoutNode = (rolled: readonly RolloutHost[]): readonly RolloutProblem[] =>
  rolled
    .filter(({ node }) => node === undefined)
    .map(({ host }) => ({
      hosts: [host],
      code: 'cluster-mismatch',
      message: `the kubelet of ${host} belongs to a cluster, and this cluster has no Node for it`,
      hint: 'Name the right cluster in the inventory (cluster), or kubeadm reset the host if it left its cluster.',
    }));

const noRoom = (
  healthy: readonly RolloutHost[],
  rolled: readonly RolloutHost[],
  nodes: readonly Node[],
  atOnce: number,
): readonly RolloutProblem[] => {
  if (healthy.length === 0 || roomFor(rolled, nodes, atOnce) > 0) return [];
  const staying = new Set(
    rolled
      .filter(isWorkerHost)
      .filter(staysAway)
      .flatMap(({ node }) => node?.name ?? []),
  );
  const eating = [...othersAway(rolled, nodes, isWorker), ...nodes.filter(node => staying.has(node.metadata.name))].map(
    whyUnavailable,
  );
  return [
    {
      hosts: healthy.map(({ host }) => host),
      code: 'plan-refused',
      message: `maxUnavailable lets ${atOnce} ${atOnce === 1 ? 'worker' : 'workers'} be out of service at once, and as many are already: ${eating.join(', ')}`,
      hint: 'Bring them back (kubectl uncordon, or repair them with a rollout of their own), or raise rollout.maxUnavailable.',
    },
  ];
};

/** One control plane at a time, so nothing is taken from the others while one is away that this rollout does not bring back. */
const controlPlaneAway = (rolled: readonly RolloutHost[], nodes: readonly Node[]): readonly RolloutProblem[] => {
  const targets = rolled.filter(host => !isWorkerHost(host));
  const healthy = targets.filter(host => !isBroken(host));
  const names = new Set(targets.filter(staysAway).flatMap(({ node }) => node?.name ?? []));
  const away = [
    ...othersAway(rolled, nodes, isControlPlane),
    ...nodes.filter(node => names.has(node.metadata.name)),
  ].map(whyUnavailable);
  if (healthy.length === 0 || away.length === 0) return [];
  return [
    {
      hosts: healthy.map(({ host }) => host),
      code: 'plan-refused',
      message: `control planes go one at a time, and one is away already: ${away.join(', ')}`,
      hint: 'Bring it back first (kubectl uncordon, or repair it with a rollout of its own).',
    },
  ];
};

type Placed = { readonly host: RolloutHost; readonly reason: BatchReason; readonly rank: number };

/** Neighbours share a batch where they may; control planes and the canary never do. */
const batchesOf = (placed: readonly Placed[], atOnce: number, room: number): readonly Batch[] => {
  const batches: (Omit<Batch, 'hosts'> & { readonly hosts: string[]; readonly rank: number })[] = [];
  for (const { host, reason, rank } of placed) {
    const kind = host.disruption === 'restart' ? 'restart' : 'drain';
    const last = batches.at(-1);
    // A broken host costs nothing, but a bad change should not meet all of them at the same time either.
    const limit = isWorkerHost(host) && reason !== 'canary' ? Math.max(1, reason === 'broken' ? atOnce : room) : 1;
    const fits = last?.reason === reason && last.kind === kind && last.rank === rank && last.hosts.length < limit;
    if (last !== undefined && fits) last.hosts.push(host.host);
    else batches.push({ hosts: [host.host], role: host.role, kind, reason, rank });
  }
  return batches.map(({ rank: _, ...batch }) => batch);
};
