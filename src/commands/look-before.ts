import { mapHosts } from '../connect/pool.ts';
import type { HostResult } from '../core/result.ts';
import { failedHost } from './host-failure.ts';
import type { PlannedHost } from './plan-hosts.ts';

/** One more look at each host that is to be worked on, before anything is begun on any of them; a look that throws is the host's result. */
export const lookBefore = async (
  results: readonly HostResult[],
  planned: ReadonlyMap<string, PlannedHost>,
  parallel: number,
  look: (work: PlannedHost) => Promise<void>,
): Promise<readonly HostResult[]> => {
  const looked = await mapHosts(results, parallel, async result => {
    const work = planned.get(result.host);
    if (work === undefined || result.state !== 'ok') return result;
    try {
      await look(work);
      return result;
    } catch (error) {
      const { state, error: told } = failedHost(work.host, error);
      return { ...result, state, ...(told === undefined ? {} : { error: told }) };
    }
  });
  return results.map((result, index) => {
    const one = looked[index];
    return one?.status === 'fulfilled' ? one.value : result;
  });
};
