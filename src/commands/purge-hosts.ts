import type { HostPrograms, RunIdentity } from '../apply/programs.ts';
import { type PurgedData, purgeData } from '../apply/purge.ts';
import type { HostResult, PlannedChange } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { type PurgePlan, planPurge } from '../plan/purge.ts';
import { type EachHostOptions, eachHost } from './each-host.ts';
import { withConnection } from './host-connection.ts';
import { failedHost } from './host-failure.ts';
import { recoverCommand } from './next-command.ts';
import { observe } from './observe.ts';
import type { OpenHost } from './open-host.ts';
import { planFacts } from './plan-facts.ts';

/** What `--purge-old-runtime` would remove of each host, told with its plan. */
export const withPurges = (
  results: readonly HostResult[],
  hosts: readonly InventoryHost[],
  observed: ReadonlyMap<string, ObservedFacts>,
): readonly HostResult[] =>
  results.map(result => {
    const host = hosts.find(({ name }) => name === result.host);
    const facts = observed.get(result.host);
    if (host === undefined || facts === undefined || result.state !== 'ok') return result;
    const plan = planPurge(facts, host.desired, { willRetire: true });
    return told(
      result,
      plan,
      plan.data.map(({ change }) => change),
    );
  });

const told = (result: HostResult, { kept }: PurgePlan, changes: readonly PlannedChange[]): HostResult => ({
  ...result,
  changes: [...result.changes.filter(({ kind }) => kind !== 'purge'), ...changes],
  ...(kept.length === 0 ? {} : { notReverted: [...(result.notReverted ?? []), ...kept] }),
});

export interface PurgeHostsOptions extends EachHostOptions {
  readonly open: OpenHost;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly inventoryName: string | undefined;
}

/** Of hosts whose runs are committed, or that had nothing to change: by what is found there now. */
export const purgeHosts = async (
  results: readonly HostResult[],
  hosts: readonly InventoryHost[],
  options: PurgeHostsOptions,
): Promise<readonly HostResult[]> => {
  const byName = new Map(results.map(result => [result.host, result]));
  const isProved = ({ name }: InventoryHost): boolean => {
    const result = byName.get(name);
    const isFine = result?.state === 'ok' && (result.outcome === 'changed' || result.outcome === 'unchanged');
    return isFine && result.changes.some(({ kind }) => kind === 'purge');
  };
  const purged = await eachHost(hosts.filter(isProved), options, host =>
    withConnection(host, options.open, async connection => {
      const before = byName.get(host.name) ?? failedHost(host, new Error(`no result of ${host.name}`));
      const { facts } = await observe(await connection.open(), planFacts, options.context.signal);
      const plan = planPurge(facts, host.desired, { willRetire: false });
      const settle = recoverCommand(options.inventoryName, host.name);
      const done =
        plan.data.length === 0 ? [] : await purgeData({ ...options, open: connection.open, settle }, plan.data);
      return afterPurge(before, plan, done);
    }),
  );
  const after = new Map(purged.map(result => [result.host, result]));
  return results.map(result => withPurge(result, after.get(result.host)));
};

/** The run stands, whatever becomes of the data. */
const withPurge = (result: HostResult, purged: HostResult | undefined): HostResult => {
  if (purged === undefined || purged.state === 'ok') return purged ?? result;
  const { error } = purged;
  return { ...result, state: purged.state, ...(error === undefined ? {} : { error }) };
};

const afterPurge = (before: HostResult, plan: PurgePlan, done: readonly PurgedData[]): HostResult => {
  const planned = before.changes.filter(({ kind }) => kind === 'purge');
  const isGone = ({ target }: PlannedChange): boolean =>
    done.some(({ path, kept }) => path === target && kept === undefined);
  const changes = planned.map(change => ({
    ...change,
    status: isGone(change) ? ('done' as const) : ('not-run' as const),
  }));
  const kept = [...plan.kept, ...done.flatMap(sayKept)];
  const { notReverted: _, ...rest } = before;
  return {
    ...told(rest, { data: [], kept }, changes),
    ...(changes.some(({ status }) => status === 'done') ? { outcome: 'changed' } : {}),
  };
};

const sayKept = ({ path, kept, left }: PurgedData): readonly string[] => {
  if (kept !== undefined) return [`${path} stays: ${kept}`];
  return left === undefined ? [] : [`${path} holds what its runtime did not make: ${left}`];
};
