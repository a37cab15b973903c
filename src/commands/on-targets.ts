import type { Run } from '../core/result.ts';
import { alwaysResult, type Telling } from './always-result.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { newRunId } from './run-result.ts';
import { requireConsent, resolveTargets, type Targets } from './targets.ts';

export interface Started<O> {
  readonly runId: string;
  readonly startedAt: Date;
  readonly options: O;
}

/** A command on hosts of an inventory that asks before it changes them: there is a result, whatever happens. Gives the exit code. */
export const onTargets = async <O extends CommonOptions & { readonly yes: boolean }>(
  command: Run['command'],
  inventory: string,
  { options, context }: { readonly options: O; readonly context: CommandContext },
  work: (targets: Targets, started: Started<O>, telling: Telling) => Promise<number>,
): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  requireConsent(targets.source, options.yes, context.stdinIsTerminal);
  const runId = newRunId(startedAt);
  const { hosts } = targets.inventory;
  return alwaysResult({ command, runId, startedAt, hosts, options, context }, telling =>
    work(targets, { runId, startedAt, options }, telling),
  );
};
