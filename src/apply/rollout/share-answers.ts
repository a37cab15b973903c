import type { Cluster } from '../../cluster/cluster.ts';
import { coalesce } from './coalesce.ts';

/** What is asked about the whole cluster is asked once for all nodes of a batch: what a node costs does not grow with its batch. */
export const sharingAnswers = (cluster: Cluster): Cluster => ({
  ...cluster,
  gather: coalesce(() => cluster.gather()),
  workloads: coalesce(() => cluster.workloads()),
});
