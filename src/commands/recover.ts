import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import { recoverHost, type SettledRun } from '../apply/recover.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { holderName } from './apply-host.ts';
import { confirm } from './ask.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { hostConnection } from './host-connection.ts';
import { openerFor } from './open-host.ts';
import { tellEnd } from './run-outcome.ts';
import { newRunId, printRun, toRun } from './run-result.ts';
import { requireConsent, resolveTargets } from './targets.ts';
import { tellEvent } from './tell-event.ts';

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
  const question = `Settle interrupted runs on ${hosts.length} hosts (unconfirmed changes are reverted)?`;
  if (!options.yes && !(await confirm(question, context))) return finish([], true);

  const open = openerFor(context);
  const programs = hostPrograms(readHostTemplates());
  const identity = { runId, holder: holderName() };
  const results = await eachHost(hosts, { detail: 'hosts', options, context }, async (host, progress) => {
    const connection = hostConnection(host, open);
    const onEvent = (event: Parameters<typeof tellEvent>[0]) => tellEvent(event, progress);
    try {
      const { signal } = context;
      return recovered(host, await recoverHost({ open: connection.open, programs, identity, onEvent, signal }));
    } finally {
      await connection.close();
    }
  });
  return finish(results);
};

/** A settled run is what this command is for: a revert that undid everything is success here, a partial one is not. */
const recovered = (host: InventoryHost, settled: readonly SettledRun[]): HostResult => {
  const base = { host: host.name, address: host.address, state: 'ok', findings: [], changes: [] } as const;
  if (settled.length === 0) return { ...base, outcome: 'unchanged' };
  const told = settled.map(run => ({ ...run, told: tellEnd(run) }));
  const worst = told.find(({ told: { outcome } }) => outcome === undefined || outcome === 'partial');
  if (worst !== undefined) return { ...base, ...worst.told };
  return { ...base, outcome: 'changed' };
};
