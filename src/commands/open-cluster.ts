import type { Cluster } from '../cluster/cluster.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { CommandContext } from './context.ts';
import type { OpenHost } from './open-host.ts';

/** A node that is out of service is brought back after Ctrl-C too, so the way to the cluster then no longer ends with it. */
const never = new AbortController().signal;

/** undefined: the inventory names no cluster. Contacts nobody yet. */
export const openClusterOf = async (
  { cluster }: Pick<Inventory, 'cluster'>,
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
  openHost: OpenHost,
): Promise<Cluster | undefined> => {
  if (cluster === undefined) return undefined;
  const { openCluster } = await import('../cluster/open-cluster.ts');
  if (cluster.kind === 'kubeconfig') {
    const { openLocalKubectl } = await import('../cluster/local-kubectl.ts');
    const { path, context } = cluster;
    return openCluster(openLocalKubectl({ kubeconfig: path, context, name: path, env }));
  }
  const { openHostKubectl } = await import('../cluster/host-kubectl.ts');
  const hosts = cluster.hosts.map(host => ({
    name: host.name,
    open: () => openHost(host, signal.aborted ? never : signal),
  }));
  return openCluster(openHostKubectl(hosts));
};
