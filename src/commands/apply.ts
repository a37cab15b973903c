import { randomBytes } from 'node:crypto';
import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import { applyHost } from './apply-host.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { hostConnection } from './host-connection.ts';
import { openerFor } from './open-host.ts';
import { type PlannedHost, planHosts } from './plan-hosts.ts';
import type { PlanFlags } from './program.ts';
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
  const runId = newRunId(startedAt);
  const today = startedAt.toISOString().slice(0, 10);
  const redact = createRedactor(randomBytes(32));
  const open = openerFor(context);
  const saved = options.plan === undefined ? undefined : loadSavedPlan(options.plan, targets.inventory, context);
  const fresh = await planHosts(targets.inventory.hosts, { options, context, today, redact, open });
  const { planned } = fresh;
  const results = saved === undefined ? fresh.results : refuseDifferences(fresh, saved);

  const finish = (hosts: readonly HostResult[], declined = false): number => {
    const run = toRun({ command: 'apply', runId, startedAt, hosts, fleet: [], declined }, context);
    return printRun(run, options, targets.name, context);
  };
  const hasWork = results.some(({ state, changes }) => state === 'ok' && changes.length > 0);
  if (hasWork && !options.yes) {
    showPlan({ command: 'plan', runId, startedAt, hosts: results, fleet: [] }, options, targets.name, context);
    if (!(await askConsent('Make', results, context))) return finish(results.map(untouched), true);
  }

  const programs = hostPrograms(readHostTemplates());
  const work = results.flatMap(result => toBeChanged(result, planned));
  const changed = await eachHost(
    work.map(({ host }) => host),
    { detail: 'hosts', options, context },
    async (host, progress) => {
      const plannedHost = planned.get(host.name);
      if (plannedHost === undefined) throw new Error(`no plan for ${host.name}`);
      const connection = hostConnection(host, open);
      const { signal } = context;
      const shared = { programs, runId, today, redact, progress, signal, flags: options };
      try {
        return await applyHost(plannedHost, {
          ...shared,
          open: connection.open,
          agreed: saved?.hosts[host.name]?.later,
        });
      } finally {
        await connection.close();
      }
    },
  );
  const byName = new Map(changed.map(result => [result.host, result]));
  return finish(results.map(result => byName.get(result.host) ?? untouched(result)));
};

const toBeChanged = (result: HostResult, planned: ReadonlyMap<string, PlannedHost>): readonly PlannedHost[] => {
  const host = planned.get(result.host);
  return host === undefined || result.state !== 'ok' || host.plan.changes.length === 0 ? [] : [host];
};

/** A host on which nothing was done: what was planned is told as not run. */
const untouched = (result: HostResult): HostResult => ({
  ...result,
  ...(result.state === 'ok' || result.state === 'refused' ? { outcome: 'unchanged' as const } : {}),
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
