import type { HostPrograms, RunIdentity } from '../../apply/programs.ts';
import { neededPackages } from '../../apply/push-packages.ts';
import { mapHosts } from '../../connect/pool.ts';
import type { HostResult } from '../../core/result.ts';
import type { CommonOptions } from '../context.ts';
import { withConnection } from '../host-connection.ts';
import { failedHost } from '../host-failure.ts';
import type { OpenHost } from '../open-host.ts';
import type { PlannedHost } from '../plan-hosts.ts';

export interface TryBundleOptions {
  readonly identity: RunIdentity;
  readonly programs: HostPrograms;
  readonly open: OpenHost;
  readonly options: CommonOptions;
}

/** Whether the bundle has all that each host needs besides what it has, before anything is begun on any of them. */
export const tryBundle = async (
  results: readonly HostResult[],
  planned: ReadonlyMap<string, PlannedHost>,
  { options, open, ...tried }: TryBundleOptions,
): Promise<readonly HostResult[]> => {
  const looked = await mapHosts(results, options.parallel, async result => {
    const { host, plan, supply } = planned.get(result.host) ?? {};
    if (host === undefined || plan === undefined || supply === undefined || result.state !== 'ok') return result;
    try {
      await withConnection(host, open, connection =>
        neededPackages(plan.changes, supply, { ...tried, open: connection.open }),
      );
      return result;
    } catch (error) {
      const { state, error: told } = failedHost(host, error);
      return { ...result, state, ...(told === undefined ? {} : { error: told }) };
    }
  });
  return results.map((result, index) => {
    const one = looked[index];
    return one?.status === 'fulfilled' ? one.value : result;
  });
};
