import type { Node } from '../../cluster/objects.ts';
import type { Inventory, InventoryHost } from '../../inventory/inventory.ts';
import type { ClusterHost } from '../../plan/cluster-plan.ts';
import type { PlannedHosts } from '../plan-hosts.ts';

/**
 * The nodes among the hosts of the inventory, for what is kept once for the whole cluster: those that `--limit` leaves out count too,
 * by their name, since what this run does not look at is not known to be another.
 */
export const clusterHosts = (
  { hosts, leftOut = [] }: Pick<Inventory, 'hosts' | 'leftOut'>,
  { planned, observed }: Pick<PlannedHosts, 'planned' | 'observed'>,
  matched: ReadonlyMap<string, Node>,
  nodes: readonly Node[],
): readonly ClusterHost[] => {
  const byName = new Map(nodes.map(node => [node.metadata.name, node]));
  const of = ({ name, desired }: InventoryHost, node: Node | undefined): readonly ClusterHost[] =>
    node === undefined
      ? []
      : [{ desired, node, facts: observed.get(name), changes: planned.get(name)?.plan.changes ?? [] }];
  return [
    ...hosts.flatMap(host => of(host, matched.get(host.name))),
    ...leftOut.flatMap(host => of(host, byName.get(host.name))),
  ];
};
