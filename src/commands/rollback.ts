import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import type { HostResult } from '../core/result.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { holderName } from './holder.ts';
import { withConnection } from './host-connection.ts';
import { recoverCommand } from './next-command.ts';
import { openerFor } from './open-host.ts';
import { planRollbacks } from './plan-rollbacks.ts';
import { rollBackHost } from './rollback-host.ts';
import { newRunId, printRun, showPlan, toRun, untouchedHost } from './run-result.ts';
import { requireConsent, resolveTargets } from './targets.ts';

export interface RollbackCommandOptions extends CommonOptions {
  readonly yes: boolean;
  readonly run?: string;
}

/** Restores what a run replaced: planned, guarded and proved like apply. */
export const runRollback = async (
  inventory: string,
  options: RollbackCommandOptions,
  context: CommandContext,
): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  requireConsent(targets.source, options.yes, context.stdinIsTerminal);
  const identity = { runId: newRunId(startedAt), holder: holderName() };
  const open = openerFor(context);
  const programs = hostPrograms(readHostTemplates());
  const { hosts } = targets.inventory;
  const { results, work } = await planRollbacks(hosts, {
    ...{ detail: 'count', options, context, open, programs, identity },
    runId: options.run,
  });

  const pieces = { runId: identity.runId, startedAt, fleet: [] };
  const finish = (done: readonly HostResult[], declined = false): number =>
    printRun(toRun({ ...pieces, command: 'rollback', hosts: done, declined }, context), options, targets.name, context);
  if (work.size === 0 || context.signal.aborted) return finish(results.map(notRun));
  if (!options.yes) {
    showPlan({ ...pieces, command: 'plan', hosts: results }, options, targets.name, context);
    const unfinished = [...work.values()].filter(host => host.unfinished).length;
    const stake = { verb: 'Take back', results, unfinished };
    if (!(await askConsent(stake, context))) return finish(results.map(notRun), true);
  }
  const toDo = hosts.filter(({ name }) => work.has(name));
  const restored = await eachHost(toDo, { detail: 'hosts', options, context }, (host, progress) =>
    withConnection(host, open, async ({ open: openAgain }) => {
      const todo = work.get(host.name);
      if (todo === undefined) return untouchedHost(host);
      const settle = recoverCommand(targets.name, host.name);
      const { signal } = context;
      return rollBackHost(host, todo, { open: openAgain, programs, identity, progress, signal, settle });
    }),
  );
  const byName = new Map(restored.map(result => [result.host, result]));
  return finish(results.map(result => byName.get(result.host) ?? notRun(result)));
};

const notRun = (result: HostResult): HostResult => ({
  ...result,
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
