import type { Node } from '../../cluster/objects.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import { type HostToMatch, matchNodes, type NodeMatches } from '../../plan/match-nodes.ts';

/** What a host says that tells which Node it is. */
export type NodeEvidence = Pick<ObservedFacts, 'clusterState' | 'identity' | 'kubelet'>;

export const findNodes = (
  hosts: readonly InventoryHost[],
  observed: ReadonlyMap<string, NodeEvidence>,
  nodes: readonly Node[],
): NodeMatches =>
  matchNodes(
    hosts.flatMap(host => {
      const facts = observed.get(host.name);
      return facts === undefined ? [] : [toMatch(host, facts)];
    }),
    nodes,
  );

const toMatch = ({ name, address }: InventoryHost, { clusterState, identity, kubelet }: NodeEvidence): HostToMatch => ({
  host: name,
  address,
  hostname: identity.known ? identity.value.hostname : undefined,
  nodeName: kubelet.known ? overrideOf(kubelet.value.running?.argv ?? []) : undefined,
  machineId: identity.known ? identity.value.machineId || undefined : undefined,
  joined: clusterState.known ? clusterState.value.joined : undefined,
});

const overrideOf = (argv: readonly string[]): string | undefined => {
  const flag = '--hostname-override';
  const joined = argv.findLast(word => word.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const at = argv.lastIndexOf(flag);
  return at < 0 ? undefined : argv[at + 1];
};
