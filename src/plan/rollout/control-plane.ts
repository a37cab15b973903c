import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { Pod } from '../../cluster/objects.ts';
import type { Refusal } from '../../installers/installer.ts';
import { isNodeReady } from '../drain/nodes.ts';
import { isFinished, isMirror, isPodReady } from '../drain/pods.ts';

export interface ControlPlaneQuestion {
  /** Name of the Node whose pods, static ones too, will be stopped. */
  readonly node: string;
  readonly cluster: Pick<ClusterFacts, 'nodes' | 'pods'>;
  readonly allowApiOutage: boolean;
}

export interface ControlPlaneAnswer {
  readonly refusals: readonly Refusal[];
  /** While this node is away the API does not answer (and that was allowed). */
  readonly takesApiDown: boolean;
}

/**
 * Whether the cluster can do without this node's static pods for a while. Only what runs as static pods is judged: an etcd or
 * API server that systemd runs does not stop with the node's sandboxes, and an external etcd is not ours to count.
 */
export const judgeControlPlane = ({ node, cluster, allowApiOutage }: ControlPlaneQuestion): ControlPlaneAnswer => {
  const members = staticPods(cluster.pods, 'etcd');
  const servers = staticPods(cluster.pods, 'kube-apiserver');
  const unhealthy = unhealthyMembers(members, node);
  if (unhealthy.length > 0) return { refusals: [etcdUnhealthy(node, unhealthy)], takesApiDown: false };
  const outage = losesQuorum(members, node) ?? losesApi(servers, node, cluster);
  if (outage === undefined) return { refusals: [], takesApiDown: false };
  return allowApiOutage
    ? { refusals: [], takesApiDown: true }
    : { refusals: [apiOutage(node, outage)], takesApiDown: false };
};

/** kubeadm labels them; others only name them `COMPONENT-NODE`. */
const staticPods = (pods: readonly Pod[], component: string): readonly Pod[] =>
  pods.filter(
    pod =>
      pod.metadata.namespace === 'kube-system' &&
      isMirror(pod) &&
      !isFinished(pod) &&
      (pod.metadata.labels?.component === component || pod.metadata.name === `${component}-${pod.spec.nodeName ?? ''}`),
  );

const isOn =
  (node: string) =>
  ({ spec }: Pod): boolean =>
    spec.nodeName === node;

/** The member that goes may be unhealthy: then nothing is lost with it. */
const unhealthyMembers = (members: readonly Pod[], node: string): readonly Pod[] =>
  members.some(isOn(node)) ? members.filter(pod => !isOn(node)(pod) && !isPodReady(pod)) : [];

const losesQuorum = (members: readonly Pod[], node: string): string | undefined => {
  const left = members.filter(pod => !isOn(node)(pod)).length;
  const quorum = Math.floor(members.length / 2) + 1;
  if (left === members.length || left >= quorum) return undefined;
  return members.length === 1
    ? 'it runs the only etcd member'
    : `it runs one of ${members.length} etcd members, and ${left} without it are no quorum (${quorum} are needed)`;
};

const losesApi = (
  servers: readonly Pod[],
  node: string,
  { nodes }: Pick<ClusterFacts, 'nodes'>,
): string | undefined => {
  if (!servers.some(isOn(node))) return undefined;
  const ready = new Set(nodes.filter(isNodeReady).map(({ metadata }) => metadata.name));
  const others = servers.filter(pod => !isOn(node)(pod));
  if (others.some(pod => isPodReady(pod) && ready.has(pod.spec.nodeName ?? ''))) return undefined;
  return others.length === 0
    ? 'it runs the only kube-apiserver'
    : `no other kube-apiserver is Ready (${others.map(({ metadata }) => metadata.name).join(', ')})`;
};

const etcdUnhealthy = (node: string, unhealthy: readonly Pod[]): Refusal => ({
  code: 'plan-refused',
  message: `${node} runs an etcd member, and not all others are healthy: ${unhealthy.map(({ metadata }) => metadata.name).join(', ')}`,
  hint: 'Repair etcd first; taking another member away could cost the quorum, and with it the cluster.',
});

const apiOutage = (node: string, reason: string): Refusal => ({
  code: 'plan-refused',
  message: `stopping the static pods of ${node} takes the API of the cluster down: ${reason}`,
  hint: 'apply --allow-api-outage does it all the same: pods keep running, and nothing can be changed or rescheduled until this node is back.',
});
