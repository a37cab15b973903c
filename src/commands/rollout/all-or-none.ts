import type { HostResult } from '../../core/result.ts';
import { notReached } from './roll-out.ts';
import type { WholePlan } from './with-cluster.ts';

/** A node that may not be drained stops the whole rollout before it begins: a cluster is not left half-changed on purpose. */
export const allOrNone = (
  results: readonly HostResult[],
  { side }: WholePlan,
  again: string,
): readonly HostResult[] => {
  const rolled = new Set(side?.plan.rollout.batches.flatMap(({ hosts }) => hosts));
  const refused = results.filter(({ host, state }) => state === 'refused' && (rolled.has(host) || side?.plan.barred));
  if (refused.length === 0) return results;
  const names = refused.map(({ host }) => host).join(', ');
  const stop = {
    code: 'rollout-stopped',
    state: 'skipped',
    reason: `the rollout is refused because of ${names}; leave ${refused.length === 1 ? 'it' : 'them'} out with --limit, or follow the remedy there`,
  } as const;
  return results.map(result =>
    rolled.has(result.host) && result.state === 'ok' ? notReached(result, stop, again) : result,
  );
};
