import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import { lastClusterOf } from '../../facts/runs.ts';
import type { Refusal } from '../../installers/installer.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import { hostToMatch } from '../../plan/host-to-match.ts';
import { matchNodes, type NodeMatches, otherCluster } from '../../plan/match-nodes.ts';

/** What a host says that tells which Node it is, and of which cluster. */
export type NodeEvidence = Pick<ObservedFacts, 'clusterState' | 'identity' | 'kubelet' | 'runs'>;

/** A host that has left its cluster since may join any. */
export const ofOtherCluster = (
  { clusterState, runs }: Pick<ObservedFacts, 'clusterState' | 'runs'>,
  uid: string,
): Refusal | undefined => {
  const hasLeft = clusterState.known && !clusterState.value.joined;
  return hasLeft ? undefined : otherCluster(lastClusterOf(runs), uid);
};

/** Names may be the same in two clusters: a host that a run knew as a node of another one is none of this one. */
export const findNodes = (
  hosts: readonly InventoryHost[],
  observed: ReadonlyMap<string, NodeEvidence>,
  { nodes, uid }: Pick<ClusterFacts, 'nodes' | 'uid'>,
): NodeMatches => {
  const matches = matchNodes(
    hosts.flatMap(host => {
      const facts = observed.get(host.name);
      return facts === undefined ? [] : [hostToMatch(host, facts)];
    }),
    nodes,
  );
  const foreign = hosts.flatMap(({ name }) => {
    const facts = observed.get(name);
    const refusal = facts === undefined ? undefined : ofOtherCluster(facts, uid);
    return refusal === undefined ? [] : [[name, refusal] as const];
  });
  const elsewhere = new Set(foreign.map(([name]) => name));
  return {
    nodes: new Map([...matches.nodes].filter(([name]) => !elsewhere.has(name))),
    refusals: new Map([...matches.refusals, ...foreign]),
  };
};
