import type { Node } from '../../cluster/objects.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import { hostToMatch } from '../../plan/host-to-match.ts';
import { matchNodes, type NodeMatches } from '../../plan/match-nodes.ts';

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
      return facts === undefined ? [] : [hostToMatch(host, facts)];
    }),
    nodes,
  );
