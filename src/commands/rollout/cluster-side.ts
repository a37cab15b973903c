import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { ClusterAccess } from '../../inventory/inventory.ts';
import type { CommandContext } from '../context.ts';
import type { OpenHost } from '../open-host.ts';

/** The cluster that the inventory names, and what it says of itself. */
export interface ClusterSide {
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
}

export interface OpenSideOptions {
  readonly open: OpenHost;
  readonly context: CommandContext;
  readonly use: 'plan' | 'rollout';
}

/** Contacts the cluster only where a host has joined one: hosts that are not in it yet are treated as fresh. */
export const openSideFor = async (
  access: ClusterAccess | undefined,
  observed: ReadonlyMap<string, Pick<ObservedFacts, 'clusterState'>>,
  options: OpenSideOptions,
): Promise<ClusterSide | undefined> => {
  const someJoined = [...observed.values()].some(({ clusterState }) => clusterState.known && clusterState.value.joined);
  return access === undefined || !someJoined ? undefined : openClusterSide(access, options);
};

/** kubectl is looked for only where a node of the cluster is concerned: hosts that have not joined need no cluster. */
export const openClusterSide = async (
  access: ClusterAccess,
  { open, context, use }: OpenSideOptions,
): Promise<ClusterSide> => {
  const { openCluster } = await import('../../cluster/open-cluster.ts');
  const cluster = openCluster(await portOf(access, open, context));
  try {
    await cluster.requireRights(use);
    return { cluster, facts: await cluster.gather() };
  } catch (error) {
    await cluster.close();
    throw error;
  }
};

const portOf = async (access: ClusterAccess, open: OpenHost, { env }: CommandContext) => {
  if (access.kind === 'kubeconfig') {
    const { openLocalKubectl } = await import('../../cluster/local-kubectl.ts');
    return openLocalKubectl({ kubeconfig: access.path, context: access.context, name: access.path, env });
  }
  const { openHostKubectl } = await import('../../cluster/host-kubectl.ts');
  // What a rollout asks on its way out must not be cut by Ctrl-C.
  const never = new AbortController().signal;
  return openHostKubectl(access.hosts.map(host => ({ name: host.name, open: () => open(host, never) })));
};
