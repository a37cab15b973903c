import type { ClusterFacts } from '../../src/cluster/cluster-facts.ts';
import { known } from '../../src/core/observed.ts';

/** An empty cluster. */
export const clusterFacts = (over: Partial<ClusterFacts> = {}): ClusterFacts => ({
  uid: '6a1f0c3e-0000-4000-8000-000000000001',
  serverVersion: '1.34.2',
  clientVersion: '1.34.2',
  nodes: [],
  pods: [],
  budgets: [],
  workloads: [],
  claims: [],
  volumes: [],
  kubeletConfig: known(undefined),
  kubeadmConfig: known(undefined),
  ...over,
});
