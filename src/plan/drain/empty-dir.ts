import { acceptBy, type DrainRule, lossOpinion } from './drain-context.ts';
import { isLeaving } from './pods.ts';

/** kubectl's --delete-emptydir-data: what is in the volume goes with the pod, also where it lies in memory. */
export const emptyDir: DrainRule = (pod, context) => {
  const names = (pod.spec.volumes ?? []).flatMap(({ name, emptyDir: volume }) => (volume === undefined ? [] : [name]));
  if (names.length === 0 || isLeaving(pod)) return undefined;
  return lossOpinion('empty-dir', context, {
    cause: 'what is in an emptyDir volume is deleted with its pod',
    reason: `emptyDir ${names.join(', ')}`,
    remedy: `Where that data may go, accept it: ${acceptBy('empty-dir')}`,
  });
};
