import type { HostPrograms, RunIdentity } from '../../apply/programs.ts';
import { neededPackages } from '../../apply/push-packages.ts';
import type { HostResult } from '../../core/result.ts';
import type { CommonOptions } from '../context.ts';
import { withConnection } from '../host-connection.ts';
import { lookBefore } from '../look-before.ts';
import type { OpenHost } from '../open-host.ts';
import type { PlannedHost } from '../plan-hosts.ts';

export interface TryBundleOptions {
  readonly identity: RunIdentity;
  readonly programs: HostPrograms;
  readonly open: OpenHost;
  readonly options: CommonOptions;
}

/** Whether the bundle has all that each host needs besides what it has. */
export const tryBundle = (
  results: readonly HostResult[],
  planned: ReadonlyMap<string, PlannedHost>,
  { options, open, ...tried }: TryBundleOptions,
): Promise<readonly HostResult[]> =>
  lookBefore(results, planned, options.parallel, async ({ host, plan, supply }) => {
    if (supply === undefined || !plan.changes.some(({ kind }) => kind === 'package')) return;
    await withConnection(host, open, connection =>
      neededPackages(plan.changes, supply, { ...tried, open: connection.open }),
    );
  });
