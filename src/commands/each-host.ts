import { mapHosts } from '../connect/pool.ts';
import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { refusals } from '../core/exit-code.ts';
import type { HostResult, HostState } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { type HostProgress, startProgress } from '../ui/progress.ts';
import type { CommandContext, CommonOptions } from './context.ts';

export interface EachHostOptions {
  /** hosts: a line for each host at work. count: `12/200 hosts`. */
  readonly detail: 'hosts' | 'count';
  readonly options: Pick<CommonOptions, 'parallel' | 'quiet'>;
  readonly context: CommandContext;
}

/**
 * Works on every host, at most `parallel` at once. One result a host, in the order given; what goes wrong becomes that
 * host's result and never hides another's.
 */
export const eachHost = async (
  hosts: readonly InventoryHost[],
  { detail, options, context }: EachHostOptions,
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
  const results = new Map<InventoryHost, HostResult>();
  try {
    await mapHosts(hosts, options.parallel, async host => {
      const told = progress.host(host.name);
      const result = await guarded(host, context, () => work(host, told));
      results.set(host, result);
      told.done(result.error?.message ?? result.outcome ?? result.state, result.state === 'ok');
    });
  } finally {
    await progress.close();
  }
  return hosts.flatMap(host => results.get(host) ?? []);
};

const guarded = async (
  host: InventoryHost,
  context: CommandContext,
  work: () => Promise<HostResult>,
): Promise<HostResult> => {
  try {
    context.signal.throwIfAborted();
    return await work();
  } catch (error) {
    return failedHost(host, error);
  }
};

/** Codes that say the host was never reached, as opposed to reached and not able. */
const unreachable = /^(connect-|host-key-|auth-|key-|no-banner)/;

const stateOf = (code: ErrorCode): HostState => {
  if (unreachable.test(code)) return 'unreachable';
  if (refusals.has(code)) return 'refused';
  return code === 'interrupted' ? 'skipped' : 'failed';
};

const failedHost = (host: InventoryHost, error: unknown): HostResult => {
  const base = { host: host.name, address: host.address, findings: [], changes: [] };
  if (error instanceof NodeprepError) {
    const { code, message, hint } = error;
    const outcome = refusals.has(code) ? { outcome: 'unchanged' as const } : {};
    return {
      ...base,
      ...outcome,
      state: stateOf(code),
      error: { code, message, ...(hint === undefined ? {} : { hint }) },
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ...base, state: 'failed', error: { code: 'bug', message } };
};
