import type { HostPrograms, RunIdentity } from '../../apply/programs.ts';
import { readStaged } from '../../apply/read-staged.ts';
import { NodeprepError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import type { HostPlan } from '../../plan/host-plan.ts';
import { readyPlan } from '../../plan/staged-plan.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { withConnection } from '../host-connection.ts';
import { lookBefore } from '../look-before.ts';
import type { OpenHost } from '../open-host.ts';
import type { PlannedHost } from '../plan-hosts.ts';

/** What a run on a host is held to that may use only what is staged there. */
export interface UseStaged {
  /** Names what is staged, whole. */
  readonly seal: string;
  /** The plan with what is staged; throws `NodeprepError` where that was staged for another one. */
  readonly ready: (plan: HostPlan) => HostPlan;
}

export interface UseStagedOptions {
  readonly identity: RunIdentity;
  readonly programs: HostPrograms;
  readonly inventorySha256: string;
  readonly open: OpenHost;
  readonly options: CommonOptions;
  readonly context: CommandContext;
}

export interface StagedHosts {
  /** Hosts with changes for which nothing, or something else, is staged are refused. */
  readonly results: readonly HostResult[];
  readonly staged: ReadonlyMap<string, UseStaged>;
}

/** Looks at what is staged on every host that has something to do, before anything is begun. */
export const findStaged = async (
  results: readonly HostResult[],
  planned: ReadonlyMap<string, PlannedHost>,
  options: UseStagedOptions,
): Promise<StagedHosts> => {
  const staged = new Map<string, UseStaged>();
  const { parallel } = options.options;
  const looked = await lookBefore(results, planned, parallel, async ({ host, plan, unfinished }) => {
    if (plan.changes.length === 0 && !unfinished) return;
    const use = await useStaged(host, options);
    staged.set(host.name, use);
    // A host with an interrupted run is as that run left it: it is compared once the run has been settled.
    if (!unfinished) use.ready(plan);
  });
  return { staged, results: looked };
};

const useStaged = (
  host: InventoryHost,
  { identity, programs, inventorySha256, open, context }: UseStagedOptions,
): Promise<UseStaged> =>
  withConnection(host, open, async connection => {
    const record = await readStaged({ open: connection.open, programs, identity });
    const now = { toolVersion: context.toolVersion, inventorySha256 };
    return {
      // Where nothing is staged no plan is ready, so that no run begins with this.
      seal: record?.seal ?? 'nothing',
      ready: plan => {
        const ready = readyPlan(record, host.address, plan, now);
        if (ready.ok) return ready.plan;
        const [first] = ready.refusals;
        const message = ready.refusals.map(refusal => refusal.message).join('\n');
        throw new NodeprepError('guard-mismatch', message, first?.hint === undefined ? {} : { hint: first.hint });
      },
    };
  });
