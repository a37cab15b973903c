import { clusterChecks } from '../../checks/index.ts';
import { judgeCluster } from '../../checks/judge.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { Finding } from '../../core/result.ts';

interface Side {
  readonly cluster: Pick<Cluster, 'nodes'>;
  /** As they were when the plan was made. */
  readonly facts: ClusterFacts;
}

/**
 * Findings of the cluster with its nodes as they are now: marks that the run found may be lifted, and one may be left. Where
 * the API is away they stay as they were.
 */
export const judgedAgain = async (
  { cluster, facts }: Side,
  findings: readonly Finding[],
): Promise<readonly Finding[]> => {
  const nodes = await cluster.nodes().catch(() => undefined);
  if (nodes === undefined) return findings;
  const now = new Map(judgeCluster(clusterChecks, { ...facts, nodes }).map(finding => [finding.check, finding]));
  return findings.map(finding => now.get(finding.check) ?? finding);
};
