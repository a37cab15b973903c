import { mapHosts } from '../connect/pool.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { doneWord } from '../report/done-word.ts';
import { type HostProgress, startProgress } from '../ui/progress.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { endingOf, withNotes } from './host-ending.ts';
import { failedHost } from './host-failure.ts';

export interface EachHostOptions {
  /** hosts: a line for each host at work. count: `12/200 hosts`. */
  readonly detail: 'hosts' | 'count';
  readonly options: Pick<CommonOptions, 'parallel' | 'quiet'>;
  readonly context: CommandContext;
  /** What has become of a host that changed; absent = changed. */
  readonly done?: string;
}

/**
 * Works on every host, at most `parallel` at once. One result a host, in the order given; what goes wrong becomes that
 * host's result and never hides another's. Once interrupted, hosts that have not begun are skipped.
 */
export const eachHost = async (
  hosts: readonly InventoryHost[],
  { detail, options, context, done = doneWord.apply }: EachHostOptions,
  work: (host: InventoryHost, progress: HostProgress) => Promise<HostResult>,
): Promise<readonly HostResult[]> => {
  const progress = await startProgress({
    stream: process.stderr,
    isTerminal: context.stderrIsTerminal,
    quiet: options.quiet,
    detail,
    total: hosts.length,
    now: () => new Date(),
  });
  try {
    const results = await mapHosts(hosts, options.parallel, async host => {
      const told = withNotes(progress.host(host.name));
      const result = await guarded(host, context, () => work(host, told.progress));
      told.progress.done(endingOf(result, told.notes, done), result.state === 'ok');
      return result;
    });
    return hosts.flatMap((host, index) => {
      const result = results[index];
      if (result === undefined) return [];
      return [result.status === 'fulfilled' ? result.value : failedHost(host, result.reason)];
    });
  } finally {
    await progress.close();
  }
};

const guarded = async (
  host: InventoryHost,
  { signal }: CommandContext,
  work: () => Promise<HostResult>,
): Promise<HostResult> => {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    return failedHost(host, error);
  }
};
