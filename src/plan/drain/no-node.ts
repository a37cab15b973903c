import type { Pod } from '../../cluster/objects.ts';
import { workloadName } from './controllers.ts';
import type { DrainContext, DrainRule } from './drain-context.ts';
import { fitsEver, wishesOf } from './fits.ts';
import { nodeBoundVolumes } from './local-volumes.ts';
import { fullName, isLeaving } from './pods.ts';

/**
 * A pod that could run nowhere else, even on an empty node, cannot move: its work would stand still until this node is back.
 * On a node whose kubelet is dead it stands still already.
 */
export const noNode: DrainRule = (pod, context) => {
  const { index, node } = context;
  if (isLeaving(pod) || context.isKubeletDead) return undefined;
  const isBound = nodeBoundVolumes(pod, context).length > 0;
  const { places, refusals } = fitsEver(wishesOf(pod, index), index, !isBound);
  if (places.some(({ name }) => name !== node.metadata.name)) return undefined;
  const others = index.places.filter(({ name }) => name !== node.metadata.name);
  const why = tally(others.map(({ name }) => refusals.get(name) ?? ''));
  return {
    verdict: 'block',
    kind: 'no-node',
    cause: others.length === 0 ? 'there is no other node' : `no other node could ever take it: ${why}`,
    reason: others.length === 0 ? 'there is no other node' : `fits no other node (${why})`,
    remedy:
      others.length === 0
        ? `Add a node, or ${outOfTheWay(pod, context)}`
        : `Let another node take it (label, taint, size), ${outOfTheWay(pod, context)}, or --limit other hosts`,
  };
};

/** Not to be accepted by a flag, since it is no loss but an outage: who takes it does so with their own command. */
const outOfTheWay = (pod: Pod, { index }: DrainContext): string => {
  const controller = index.controllerOf(pod);
  if (controller === undefined) return `delete ${fullName(pod.metadata)} for the time and create it again`;
  if (controller.kind === 'workload') {
    const { workload } = controller;
    return `scale ${workloadName(workload)} to 0 for the time (it has ${workload.wanted})`;
  }
  const { kind, name } = controller.owner;
  return `wait for ${kind} ${pod.metadata.namespace ?? ''}/${name} or stop it for the time`;
};

/** `nodeSelector (2 nodes), taint dedicated (1 node)` */
const tally = (reasons: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .toSorted(([, left], [, right]) => right - left)
    .map(([reason, count]) => `${reason} (${count} ${count === 1 ? 'node' : 'nodes'})`)
    .join(', ');
};
