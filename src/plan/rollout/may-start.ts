import type { Node } from '../../cluster/objects.ts';
import type { MaxUnavailable } from '../../core/rollout-settings.ts';
import { isControlPlane } from '../drain/nodes.ts';
import { isUnavailable, whyUnavailable, workersAtOnce } from './unavailable.ts';

/**
 * Why a batch may not start as the cluster is now; undefined: it may. The plan counted the nodes as they were then; a node that
 * failed in this rollout, or that somebody cordoned meanwhile, takes its place in the budget.
 */
export const whyNotStart = ({
  batch,
  nodes,
  maxUnavailable,
}: {
  /** Names of Nodes. */
  readonly batch: readonly string[];
  readonly nodes: readonly Node[];
  readonly maxUnavailable: MaxUnavailable;
}): string | undefined => {
  const isOurs = ({ metadata }: Node) => batch.includes(metadata.name);
  const taken = nodes.filter(node => isOurs(node) && !isUnavailable(node));
  const away = nodes.filter(node => !isOurs(node) && isUnavailable(node));
  return (
    tooMany(taken.filter(isControlPlane), away.filter(isControlPlane), 1, 'control plane') ??
    tooMany(
      taken.filter(node => !isControlPlane(node)),
      away.filter(node => !isControlPlane(node)),
      workersAtOnce(maxUnavailable, nodes),
      'worker',
    )
  );
};

/** Nodes that are out of service already cost nothing, so a batch of only those may always start. */
const tooMany = (taken: readonly Node[], away: readonly Node[], atOnce: number, what: string): string | undefined => {
  if (taken.length === 0 || taken.length + away.length <= atOnce) return undefined;
  const limit = `${atOnce} ${what}${atOnce === 1 ? '' : 's'}`;
  return `only ${limit} may be out of service at once, and ${away.map(whyUnavailable).join(', ')}`;
};
