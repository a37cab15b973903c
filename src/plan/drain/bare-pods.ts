import { acceptBy, type DrainRule, lossOpinion } from './drain-context.ts';
import { controllerOf, isLeaving } from './pods.ts';
import { daemonSetOf } from './stays.ts';

/** kubectl's --force: nothing brings the pod back. A pod that somebody has deleted already is lost without us. */
export const barePods: DrainRule = (pod, context) => {
  if (isLeaving(pod)) return undefined;
  const daemonSet = daemonSetOf(pod);
  if (daemonSet !== undefined) {
    return lossOpinion('bare-pods', context, {
      cause: `DaemonSet ${daemonSet} is gone, so nothing brings its pod back`,
      reason: `DaemonSet ${daemonSet} is gone`,
      remedy: `Delete the pod, or accept its loss: ${acceptBy('bare-pods')}`,
    });
  }
  if (controllerOf(pod.metadata) !== undefined) return undefined;
  return lossOpinion('bare-pods', context, {
    cause: 'nothing brings back pods without a controller',
    reason: 'no controller',
    remedy: `Run them under a controller, or accept their loss: ${acceptBy('bare-pods')}`,
  });
};
