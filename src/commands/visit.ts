import type { Connection } from '../connect/connection.ts';
import { mapHosts } from '../connect/pool.ts';
import { NodeprepError } from '../core/errors.ts';
import type { HostResult, HostState } from '../core/result.ts';
import type { FactId } from '../facts/index.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { type HostProgress, startProgress } from '../ui/progress.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { type Observation, observe } from './observe.ts';
import { type OpenHost, openerFor } from './open-host.ts';

export interface Visit {
  readonly host: InventoryHost;
  readonly connection: Connection;
  readonly observation: Observation;
  readonly progress: HostProgress;
}

export interface VisitOptions {
  readonly factIds: readonly FactId[];
  /** hosts: a line for each host at work. count: `12/200 hosts`. */
  readonly detail: 'hosts' | 'count';
  readonly options: Pick<CommonOptions, 'parallel' | 'quiet'>;
  readonly context: CommandContext;
  /** Default: as the inventory says. */
  readonly open?: OpenHost;
}

/**
 * Connects to every host, observes it, and hands it to `work`; at most `parallel` at once, each closed as soon as its work is
 * done. One result a host, in the order of the inventory; a failure becomes that host's result and never hides another's.
 */
export const visitHosts = async (
  hosts: readonly InventoryHost[],
  { factIds, detail, options, context, open }: VisitOptions,
  work: (visit: Visit) => HostResult | Promise<HostResult>,
): Promise<readonly HostResult[]> => {
  const progress = await startProgress({
    stream: process.stderr,
    isTerminal: context.stderrIsTerminal,
    quiet: options.quiet,
    detail,
    total: hosts.length,
    now: () => new Date(),
  });
  const opener = open ?? openerFor(context);
  try {
    const settled = await mapHosts(hosts, options.parallel, async host => {
      const told = progress.host(host.name);
      const result = await visitOne(host, opener, factIds, told, context, work);
      told.done(result.error?.message ?? result.outcome ?? result.state, result.state === 'ok');
      return result;
    });
    return settled.map((one, index) =>
      one.status === 'fulfilled' ? one.value : failedHost(hostAt(hosts, index), one.reason),
    );
  } finally {
    await progress.close();
  }
};

const visitOne = async (
  host: InventoryHost,
  open: OpenHost,
  factIds: readonly FactId[],
  progress: HostProgress,
  context: CommandContext,
  work: (visit: Visit) => HostResult | Promise<HostResult>,
): Promise<HostResult> => {
  let connection: Connection | undefined;
  try {
    context.signal.throwIfAborted();
    progress.step('connecting');
    connection = await open(host);
    progress.step('reading');
    const observation = await observe(connection, factIds, context.signal);
    return await work({ host, connection, observation, progress });
  } catch (error) {
    return failedHost(host, error);
  } finally {
    await connection?.close();
  }
};

const hostAt = (hosts: readonly InventoryHost[], index: number): InventoryHost => {
  const host = hosts[index];
  if (host === undefined) throw new Error(`no host ${index}`);
  return host;
};

/** Codes that say the host was never reached, as opposed to reached and not able. */
const unreachable = /^(connect-|host-key-|auth-|key-|no-banner)/;
const refused: ReadonlySet<string> = new Set([
  'lock-held',
  'guard-mismatch',
  'joined-node',
  'plan-refused',
  'plan-stale',
]);

const stateOf = (code: string): HostState => {
  if (unreachable.test(code)) return 'unreachable';
  if (refused.has(code)) return 'refused';
  return code === 'interrupted' ? 'skipped' : 'failed';
};

export const failedHost = (host: InventoryHost, error: unknown): HostResult => {
  const base = { host: host.name, address: host.address, findings: [], changes: [] };
  if (error instanceof NodeprepError) {
    const { code, message, hint } = error;
    return { ...base, state: stateOf(code), error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ...base, state: 'failed', error: { code: 'bug', message } };
};
