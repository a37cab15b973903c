// The cluster lab's door: tests and scripts import from here.
export type { ApiRequest } from './audit.ts';
export { bootCluster, findCluster, joinCluster, listClusters } from './boot.ts';
export type { LabCluster } from './cluster.ts';
export { type SimulatedNode, startFleet, switchKubelet } from './fleet.ts';
export type { Manifest } from './manifests.ts';
export type { CgroupDriver, ClusterNodeOptions, ClusterOptions } from './options.ts';
export {
  CLUSTER_VERSIONS,
  type ClusterVersion,
  containerdPrograms,
  DEFAULT_VERSION,
  etcdPrograms,
  kubernetesPrograms,
  kwokPrograms,
} from './programs.ts';
export { requireClusterLab } from './require.ts';
export * from './workloads.ts';
