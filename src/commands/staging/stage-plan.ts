import type { HostResult } from '../../core/result.ts';
import { askConsent } from '../consent.ts';
import type { PlannedHosts } from '../plan-hosts.ts';
import type { WholePlan } from '../rollout/with-cluster.ts';
import { printDeclined, printRun, toRun } from '../run-result.ts';
import { untouched, withDrain } from '../untouched.ts';
import { type StageHostsOptions, stageHosts } from './stage-hosts.ts';

export interface StagePlanOptions extends StageHostsOptions {
  readonly planned: PlannedHosts['planned'];
  readonly startedAt: Date;
  readonly options: StageHostsOptions['options'] & { readonly yes: boolean };
}

/** plan → ask → stage. */
export const stagePlan = async (
  compared: readonly HostResult[],
  whole: WholePlan,
  staging: StagePlanOptions,
): Promise<number> => {
  const { planned, identity, startedAt, options, context, inventoryName } = staging;
  const pieces = { runId: identity.runId, startedAt, fleet: [], ...whole.pieces };
  const work = new Map(
    compared
      .flatMap(({ host, state }) => (state === 'ok' ? (planned.get(host) ?? []) : []))
      .flatMap(each => (each.plan.changes.length > 0 ? [[each.host, each] as const] : [])),
  );
  // Whatever a change disturbs, staging it does not.
  const stake = compared.map(result => ({
    ...result,
    changes: result.changes.map(change => ({ ...change, disruption: 'none' as const })),
  }));
  const isAgreed =
    work.size === 0 || options.yes || (await askConsent({ verb: 'Stage', results: stake, unfinished: 0 }, context));
  const staged = isAgreed ? await stageHosts(work, staging) : [];
  const byName = new Map(staged.map(result => [result.host, result]));
  const hosts = compared.map(result => withDrain(result, byName.get(result.host) ?? nothingStaged(result)));
  const run = toRun({ ...pieces, command: 'apply', hosts, declined: !isAgreed }, context);
  return isAgreed ? printRun(run, options, inventoryName, context) : printDeclined(run, options, context);
};

/** Findings are for check and for the apply that follows: staging repairs none of them. */
const nothingStaged = (result: HostResult): HostResult => ({
  ...untouched(result),
  findings: [],
  ...(result.state === 'ok' && result.changes.length === 0 ? { staged: { packages: [] } } : {}),
});
