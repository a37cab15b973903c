import type { PersistentVolume, Pod } from '../../cluster/objects.ts';
import { acceptBy, type DrainContext, type DrainRule, lossOpinion } from './drain-context.ts';
import { isLeaving } from './pods.ts';
import { selectsNode } from './selectors.ts';

/**
 * The pod that comes instead has to wait for this node, or starts elsewhere without the data. kubectl does not look at it.
 * Where the kubelet is dead, the data cannot be reached now either.
 */
export const localVolumes: DrainRule = (pod, context) => {
  if (isLeaving(pod) || context.isKubeletDead) return undefined;
  const bound = nodeBoundVolumes(pod, context);
  if (bound.length === 0) return undefined;
  const names = bound.map(({ metadata }) => metadata.name).join(', ');
  return lossOpinion('local-volumes', context, {
    cause: `the data of PersistentVolume ${names} lies on this node only`,
    reason: `PersistentVolume ${names} lies on this node`,
    remedy: `Move that data, or accept that it cannot be reached until the node is back: ${acceptBy('local-volumes')}`,
  });
};

/** Volumes of the pod that no other node can mount, or that are a directory of this node. */
export const nodeBoundVolumes = (pod: Pod, context: DrainContext): readonly PersistentVolume[] =>
  (pod.spec.volumes ?? []).flatMap(volume => {
    const found = context.index.volumeOf(pod, volume);
    return found !== undefined && isNodeBound(found, context) ? [found] : [];
  });

const isNodeBound = ({ metadata, spec }: PersistentVolume, { index, node }: DrainContext): boolean =>
  spec.local !== undefined ||
  spec.hostPath !== undefined ||
  index.once(`volume ${metadata.name} beside ${node.metadata.name}`, () =>
    index.places.every(
      place => place.name === node.metadata.name || !selectsNode(spec.nodeAffinity?.required, place.node),
    ),
  );
