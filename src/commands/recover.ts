import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import { recoverHost } from '../apply/recover.ts';
import type { HostResult } from '../core/result.ts';
import { confirm } from './ask.ts';
import { countOf } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { holderName } from './holder.ts';
import { withConnection } from './host-connection.ts';
import { recoverCommand } from './next-command.ts';
import { openerFor } from './open-host.ts';
import { newRunId, printRun, toRun, untouchedHost } from './run-result.ts';
import { requireConsent, resolveTargets } from './targets.ts';
import { tellEvent } from './tell-event.ts';
import { recovered } from './tell-recovered.ts';

export interface RecoverCommandOptions extends CommonOptions {
  readonly yes: boolean;
}

/** Settles what interrupted runs left; a host without any is unchanged. */
export const runRecover = async (
  inventory: string,
  options: RecoverCommandOptions,
  context: CommandContext,
): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  requireConsent(targets.source, options.yes, context.stdinIsTerminal);
  const { hosts } = targets.inventory;
  const runId = newRunId(startedAt);
  const finish = (results: readonly HostResult[], declined = false): number => {
    const run = toRun({ command: 'recover', runId, startedAt, hosts: results, fleet: [], declined }, context);
    return printRun(run, options, targets.name, context);
  };
  const question = `Settle interrupted runs on ${countOf(hosts.length, 'host')} (unconfirmed changes are reverted)?`;
  if (!options.yes && !(await confirm(question, context))) return finish(hosts.map(untouchedHost), true);

  const open = openerFor(context);
  const programs = hostPrograms(readHostTemplates());
  const identity = { runId, holder: holderName() };
  const results = await eachHost(hosts, { detail: 'hosts', options, context }, (host, progress) =>
    withConnection(host, open, async connection => {
      const onEvent = (event: Parameters<typeof tellEvent>[0]) => tellEvent(event, progress);
      const { signal } = context;
      const settled = await recoverHost({ open: connection.open, programs, identity, onEvent, signal });
      return recovered(host, settled, recoverCommand(targets.name, host.name));
    }),
  );
  return finish(results);
};
