import type { Node } from '../../cluster/objects.ts';
import type { MaxUnavailable } from '../../core/rollout-settings.ts';
import { isControlPlane, isCordoned, isNodeReady } from '../drain/nodes.ts';

/** How many workers may be out of service at once. A share is of the cluster's worker Nodes, rounded down, at least one. */
export const workersAtOnce = (maxUnavailable: MaxUnavailable, nodes: readonly Node[]): number => {
  if (maxUnavailable.kind === 'count') return maxUnavailable.count;
  return Math.max(1, Math.floor((maxUnavailable.percent * workersOf(nodes).length) / 100));
};

export const workersOf = (nodes: readonly Node[]): readonly Node[] => nodes.filter(node => !isControlPlane(node));

export const isUnavailable = (node: Node): boolean => !isNodeReady(node) || isCordoned(node);

/** `worker-7 is cordoned` */
export const whyUnavailable = (node: Node): string => {
  const faults = [...(isNodeReady(node) ? [] : ['not Ready']), ...(isCordoned(node) ? ['cordoned'] : [])];
  return `${node.metadata.name} is ${faults.join(' and ')}`;
};
