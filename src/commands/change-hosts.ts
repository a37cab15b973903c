import { readHostTemplates } from '../apply/host-templates.ts';
import { type HostPrograms, hostPrograms, type RunIdentity } from '../apply/programs.ts';
import type { Redactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import type { SavedPlan } from '../plan/plan-file.ts';
import type { HostProgress } from '../ui/progress.ts';
import { type ApplyHostOptions, applyHost } from './apply-host.ts';
import type { CommandContext, CommonOptions, PlanFlags } from './context.ts';
import { eachHost } from './each-host.ts';
import { type HostConnection, withConnection } from './host-connection.ts';
import { applyCommand, recoverCommand } from './next-command.ts';
import type { OpenHost } from './open-host.ts';
import type { PlannedHost } from './plan-hosts.ts';
import { applyNode } from './rollout/apply-node.ts';
import { agreedLosses } from './rollout/as-agreed.ts';
import { type CarriedOut, carryOut } from './rollout/carry-out.ts';
import { hostSettingsFor } from './rollout/host-settings.ts';
import type { RolloutFlags, WholePlan } from './rollout/with-cluster.ts';
import type { UseStaged } from './staging/use-staged.ts';

export interface ChangeHostsOptions {
  readonly whole: WholePlan;
  readonly saved: SavedPlan | undefined;
  /** Hosts that use what is staged there; undefined: nobody does. */
  readonly staged?: ReadonlyMap<string, UseStaged> | undefined;
  readonly identity: RunIdentity;
  readonly today: string;
  readonly redact: Redactor;
  readonly open: OpenHost;
  readonly options: CommonOptions & PlanFlags & RolloutFlags;
  readonly context: CommandContext;
  /** The inventory as the operator typed it. */
  readonly inventoryName: string | undefined;
  /** The result of a host before anything was done. */
  readonly before: (host: string) => HostResult;
}

/** One result a host, and what became of the cluster where one is concerned. */
export type Changed = Pick<CarriedOut, 'results'> & Partial<CarriedOut>;

type Work = ReadonlyMap<InventoryHost, PlannedHost>;

/** Carries out the plans: through the cluster where one is concerned, else every host for itself. One result a host. */
export const changeHosts = async (work: Work, options: ChangeHostsOptions): Promise<Changed> => {
  const { side } = options.whole;
  const { context } = options;
  const change = changerOf(work, options);
  if (side === undefined) {
    const each = { detail: 'hosts', options: options.options, context } as const;
    return { results: await eachHost([...work.keys()], each, (host, progress) => change(host, progress, () => ({}))) };
  }
  return carryOut({
    ...options,
    side,
    agreed: agreedLosses(side, options.saved),
    allowApiOutage: options.options.allowApiOutage,
    hosts: [...work.keys()],
    resume: `${applyCommand(options.inventoryName, options.options.limit)} --resume`,
    work: (host, progress, rollout) =>
      change(host, progress, connection =>
        applyNode({
          host,
          changes: work.get(host)?.plan.changes ?? [],
          rollout,
          plan: side.plan,
          connection,
          progress,
          settle: recoverCommand(options.inventoryName, host.name),
        }),
      ),
  });
};

/** The cluster is kept with the run of its nodes only: other hosts may still join another one. */
const asNodeOf = ({ side }: WholePlan, { name }: InventoryHost, identity: RunIdentity): RunIdentity =>
  side?.plan.nodes.has(name) === true ? { ...identity, cluster: side.facts.uid } : identity;

type NodeOptions = Partial<Pick<ApplyHostOptions, 'node' | 'signal'>>;

const changerOf = (
  work: Work,
  { whole, saved, staged, identity, today, redact, open, options, context, inventoryName }: ChangeHostsOptions,
) => {
  const programs: HostPrograms = hostPrograms(readHostTemplates(), hostSettingsFor(whole.side?.settings));
  const shared = { programs, today, redact, flags: options, saved, signal: context.signal };
  return (
    host: InventoryHost,
    progress: HostProgress,
    nodeOptions: (connection: HostConnection) => NodeOptions,
  ): Promise<HostResult> => {
    const planned = work.get(host);
    if (planned === undefined) throw new Error(`no plan for ${host.name}`);
    const settle = recoverCommand(inventoryName, host.name);
    return withConnection(host, open, connection =>
      applyHost(planned, {
        ...shared,
        identity: asNodeOf(whole, host, identity),
        staged: staged?.get(host.name),
        open: connection.open,
        progress,
        settle,
        ...nodeOptions(connection),
      }),
    );
  };
};
