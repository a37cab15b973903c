import type { Cluster } from '../../cluster/cluster.ts';
import type { HostResult } from '../../core/result.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import { isWorthAsking, secondOpinion } from '../../plan/second-opinion.ts';
import type { ClusterPlan } from './plan-cluster.ts';

/** A second opinion of kubelets on their driver, where the operator's rights and the kubelet's version allow one; never a reason to fail. */
export const askConfigz = (
  results: readonly HostResult[],
  { nodes }: Pick<ClusterPlan, 'nodes'>,
  observed: ReadonlyMap<string, Pick<ObservedFacts, 'clusterState' | 'cri' | 'kubelet' | 'services'>>,
  cluster: Pick<Cluster, 'configz'>,
): Promise<readonly HostResult[]> =>
  Promise.all(
    results.map(async result => {
      const facts = observed.get(result.host);
      const isReady = result.node?.ready === true;
      const node = nodes.get(result.host)?.metadata.name;
      if (facts === undefined || node === undefined || !isReady || !isWorthAsking(facts)) return result;
      const finding = secondOpinion(facts, await cluster.configz(node));
      return finding === undefined ? result : { ...result, findings: [...result.findings, finding] };
    }),
  );
