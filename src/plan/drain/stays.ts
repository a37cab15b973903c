import type { Pod } from '../../cluster/objects.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { controllerOf, isFinished, isMirror } from './pods.ts';

/** kubectl knows DaemonSets of this API only; those of other groups are evicted like anything else. */
export const daemonSetOf = ({ metadata }: Pod): string | undefined => {
  const owner = controllerOf(metadata);
  if (owner?.kind !== 'DaemonSet' || owner.apiVersion !== 'apps/v1') return undefined;
  return `${metadata.namespace ?? ''}/${owner.name}`;
};

/**
 * Why a pod stays on a drained node; undefined: it has to leave. In the order of kubectl's filters, except that finished pods are
 * left alone: kubectl removes them, but nothing of them runs.
 */
export const staysBecause = (pod: Pod, { daemonSets }: Pick<ClusterIndex, 'daemonSets'>): string | undefined => {
  if (isFinished(pod)) return 'completed, nothing of it runs';
  const daemonSet = daemonSetOf(pod);
  if (daemonSet !== undefined && daemonSets.has(daemonSet))
    return `of DaemonSet ${daemonSet}, which runs on every node`;
  // The DaemonSet rule comes first in kubectl: a mirror of a pod whose DaemonSet is gone does not exist.
  return isMirror(pod) ? 'static pod, the kubelet runs it from a file' : undefined;
};
