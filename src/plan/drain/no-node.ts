import type { DrainRule } from './drain-context.ts';
import { fitsEver, wishesOf } from './fits.ts';
import { nodeBoundVolumes } from './local-volumes.ts';
import { isLeaving } from './pods.ts';

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
    remedy: 'Make room for it on another node (label, taint, size), scale it to 0 for the time, or --limit other hosts',
  };
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
