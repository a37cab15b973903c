import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { exitCodeOfError, exitCodes } from '../core/exit-code.ts';
import type { HostResult, Run } from '../core/result.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { failedHost } from './host-failure.ts';
import { printRun, toRun } from './run-result.ts';

export interface CommandToTell {
  readonly command: Run['command'];
  readonly runId: string;
  readonly startedAt: Date;
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  readonly options: CommonOptions;
  readonly context: CommandContext;
}

export interface Telling {
  readonly context: CommandContext;
  /** How the hosts stand right before the first is changed: a lock that is held then leaves them like that. */
  readonly begin: (hosts: readonly HostResult[]) => void;
}

/**
 * For machines every ending is a result (design 3.12): a command that ends before it has one, because a lock is held or the
 * cluster does not answer, says so of each host. People read it on standard error, as without `--output json`.
 */
export const alwaysResult = async (
  toTell: CommandToTell,
  work: (telling: Telling) => Promise<number>,
): Promise<number> => {
  const { options, context } = toTell;
  let begun: readonly HostResult[] | undefined;
  let isTold = false;
  const watched: CommandContext = {
    ...context,
    stdout: text => {
      isTold = true;
      context.stdout(text);
    },
  };
  try {
    return await work({
      context: watched,
      begin: hosts => {
        begun = hosts;
      },
    });
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (options.output === 'json' && !isTold && exitCode !== exitCodes.usage) {
      const run = toRun({ ...toTell, hosts: hostsOf(toTell, error, begun), fleet: [] }, context);
      printRun({ ...run, exitCode }, options, undefined, context);
    }
    throw error;
  }
};

const exitCodeOf = (error: unknown): number =>
  error instanceof NodeprepError ? exitCodeOfError(error.code) : exitCodes.bug;

const hostsOf = (
  { hosts }: CommandToTell,
  error: unknown,
  begun: readonly HostResult[] | undefined,
): readonly HostResult[] => {
  if (begun === undefined) return hosts.map(host => failedHost(host, error));
  // Only of the lock it is certain that nothing had been done yet.
  const isLock = error instanceof NodeprepError && error.code === ('lock-held' satisfies ErrorCode);
  return hosts.map(host => {
    const { outcome, ...told } = failedHost(host, error);
    if (!isLock) return told;
    const before = begun.find(result => result.host === host.name);
    if (before !== undefined && before.state !== 'ok') return before;
    return {
      ...before,
      ...told,
      ...(before === undefined ? {} : { findings: before.findings, changes: before.changes }),
      ...(outcome === undefined ? {} : { outcome }),
    };
  });
};
