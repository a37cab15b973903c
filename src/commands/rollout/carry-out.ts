import type { RunIdentity } from '../../apply/programs.ts';
import type { Finding, HostResult, Run } from '../../core/result.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import type { HostProgress } from '../../ui/progress.ts';
import { timedLine } from '../../ui/progress.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { eachHost } from '../each-host.ts';
import { judgedAgain } from './judged-again.ts';
import { keepRecords } from './keep-records.ts';
import type { RolloutContext } from './node-work.ts';
import { notReached, rollOut } from './roll-out.ts';
import { holdingLease } from './under-lease.ts';
import type { WholePlan } from './with-cluster.ts';

export interface CarryOutOptions {
  readonly side: NonNullable<WholePlan['side']>;
  readonly identity: RunIdentity;
  readonly allowApiOutage: boolean;
  /** What the operator agreed to lose; without it what the plan shows. */
  readonly agreed?: RolloutContext['agreed'];
  readonly options: CommonOptions;
  readonly context: CommandContext;
  /** Hosts with something to do, in the order of the inventory. */
  readonly hosts: readonly InventoryHost[];
  /** The result of a host before anything was done. */
  readonly before: (host: string) => HostResult;
  /** The command that goes on after a stop. */
  readonly resume: string;
  /** Under the lock still, once all hosts are through. */
  readonly after?: (results: readonly HostResult[], tell: (note: string) => void) => Promise<readonly Finding[]>;
  readonly work: (host: InventoryHost, progress: HostProgress, rollout: RolloutContext) => Promise<HostResult>;
}

export interface CarriedOut {
  /** One a host. */
  readonly results: readonly HostResult[];
  readonly cluster: NonNullable<Run['cluster']>;
}

/** Under the lock of the cluster: what disturbs nobody at once, then batch after batch. */
export const carryOut = (options: CarryOutOptions): Promise<CarriedOut> => {
  const { cluster, plan, settings } = options.side;
  const agreed = options.agreed ?? [...plan.judgements.values()];
  return holdingLease(cluster, { ...options, settings, agreed }, (rollout, lost) =>
    workThrough(options, rollout, lost),
  );
};

const workThrough = async (
  options: CarryOutOptions,
  rollout: RolloutContext,
  lost: AbortSignal,
): Promise<CarriedOut> => {
  const { context, side, identity } = options;
  const tell = (note: string) => context.stderr(`${timedLine(new Date(), 'rollout', note)}\n`);
  const batches = batchesOf(options);
  const drained = new Set(batches.filter(({ kind }) => kind === 'drain').flatMap(({ hosts }) => hosts));
  const keeper = keepRecords({ ...side, runId: identity.runId, drained, tell });
  const rolled = new Set(side.plan.rollout.batches.flatMap(({ hosts }) => hosts));
  const each = (hosts: readonly InventoryHost[]) =>
    eachHost(hosts, { detail: 'hosts', options: options.options, context }, async (host, progress) => {
      const result = await options.work(host, progress, rollout);
      // Workloads that are not back yet make a failed host of it, and yet it runs with what was changed.
      const stands = result.state === 'ok' || result.outcome === 'changed';
      if (stands && rolled.has(host.name)) await keeper.nodeDone(host.name);
      return result;
    });
  await keeper.begin();
  const immediate = await each(options.hosts.filter(({ name }) => !rolled.has(name)));
  const end = await rollOut({
    ...rollout,
    plan: { batches },
    lost,
    nodeOf: host => side.plan.nodes.get(host)?.metadata.name,
    allowApiOutage: options.allowApiOutage,
    work: batch => each(options.hosts.filter(({ name }) => batch.hosts.includes(name))),
    tell,
  });
  const { stopped } = end;
  const left =
    stopped === undefined ? [] : end.notBegun.map(host => notReached(options.before(host), stopped, options.resume));
  const results = [...immediate, ...end.results, ...left];
  const unreached = results.filter(({ state }) => state !== 'ok').map(({ host }) => host);
  const cluster = keeper.told(unreached);
  const more = (await options.after?.(results, tell)) ?? [];
  const findings = await judgedAgain(side, cluster.findings);
  return { results, cluster: { ...cluster, findings: [...findings, ...more] } };
};

/** Without the hosts that have nothing to do after all. */
const batchesOf = ({ side, hosts }: CarryOutOptions) => {
  const names = new Set(hosts.map(({ name }) => name));
  return side.plan.rollout.batches
    .map(batch => ({ ...batch, hosts: batch.hosts.filter(host => names.has(host)) }))
    .filter(batch => batch.hosts.length > 0);
};
