import { randomBytes } from 'node:crypto';
import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import { applyHost } from './apply-host.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions, PlanFlags } from './context.ts';
import { eachHost } from './each-host.ts';
import { holderName } from './holder.ts';
import { withConnection } from './host-connection.ts';
import { recoverCommand } from './next-command.ts';
import { openerFor } from './open-host.ts';
import { type PlannedHost, planHosts } from './plan-hosts.ts';
import { newRunId, printRun, showPlan, toRun } from './run-result.ts';
import { loadSavedPlan, refuseDifferences } from './saved-plan.ts';
import { requireConsent, resolveTargets } from './targets.ts';

export interface ApplyOptions extends CommonOptions, PlanFlags {
  readonly yes: boolean;
  readonly plan?: string;
}

/** plan → ask → change → verify, every host for itself. */
export const runApply = async (inventory: string, options: ApplyOptions, context: CommandContext): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  requireConsent(targets.source, options.yes, context.stdinIsTerminal);
  const identity = { runId: newRunId(startedAt), holder: holderName() };
  const today = startedAt.toISOString().slice(0, 10);
  const redact = createRedactor(randomBytes(32));
  const open = openerFor(context);
  const saved = options.plan === undefined ? undefined : loadSavedPlan(options.plan, targets.inventory, context);
  const fresh = await planHosts(targets.inventory.hosts, { options, context, today, redact, open });
  const results = saved === undefined ? fresh.results : refuseDifferences(fresh, saved);

  const pieces = { runId: identity.runId, startedAt, fleet: [] };
  const finish = (hosts: readonly HostResult[], declined = false): number =>
    printRun(toRun({ ...pieces, command: 'apply', hosts, declined }, context), options, targets.name, context);
  const work = results.flatMap(result => toBeChanged(result, fresh.planned));
  if (work.length === 0 || context.signal.aborted) return finish(results.map(untouched));
  if (!options.yes) {
    showPlan({ ...pieces, command: 'plan', hosts: results }, options, targets.name, context);
    const unfinished = work.filter(host => host.unfinished).length;
    if (!(await askConsent({ verb: 'Make', results, unfinished }, context)))
      return finish(results.map(untouched), true);
  }

  const plans = new Map(work.map(planned => [planned.host, planned]));
  const shared = { programs: hostPrograms(readHostTemplates()), identity, today, redact, flags: options, saved };
  const changed = await eachHost([...plans.keys()], { detail: 'hosts', options, context }, async (host, progress) => {
    const planned = plans.get(host);
    if (planned === undefined) throw new Error(`no plan for ${host.name}`);
    const settle = recoverCommand(targets.name, host.name);
    const { signal } = context;
    return withConnection(host, open, connection =>
      applyHost(planned, { ...shared, open: connection.open, progress, signal, settle }),
    );
  });
  const byName = new Map(changed.map(result => [result.host, result]));
  return finish(results.map(result => withPlan(untouched(result), byName.get(result.host))));
};

/** A host that was refused or lost before its run began is told with what was planned and found there. */
const withPlan = (planned: HostResult, changed: HostResult | undefined): HostResult => {
  if (changed === undefined) return planned;
  const neverBegan = changed.changes.length === 0 && ['refused', 'unreachable', 'skipped'].includes(changed.state);
  return neverBegan ? { ...changed, findings: planned.findings, changes: planned.changes } : changed;
};

const toBeChanged = (result: HostResult, planned: ReadonlyMap<string, PlannedHost>): readonly PlannedHost[] => {
  const host = planned.get(result.host);
  if (host === undefined || result.state !== 'ok') return [];
  return host.plan.changes.length > 0 || host.unfinished ? [host] : [];
};

/** A host on which nothing was done: what was planned is told as not run. */
const untouched = (result: HostResult): HostResult => ({
  ...result,
  ...(result.state === 'ok' || result.state === 'refused' ? { outcome: 'unchanged' as const } : {}),
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
