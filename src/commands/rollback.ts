import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import type { RecoverOptions } from '../apply/recover.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { doneWord } from '../report/done-word.ts';
import type { HostProgress } from '../ui/progress.ts';
import type { Telling } from './always-result.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { holderName } from './holder.ts';
import { withConnection } from './host-connection.ts';
import { recoverCommand, rollbackCommand } from './next-command.ts';
import { onTargets, type Started } from './on-targets.ts';
import { type OpenHost, openerFor } from './open-host.ts';
import { type PlannedRollbacks, planRollbacks } from './plan-rollbacks.ts';
import { rollBackHost } from './rollback-host.ts';
import { allOrNone } from './rollout/all-or-none.ts';
import { applyNode } from './rollout/apply-node.ts';
import { type CarriedOut, carryOut } from './rollout/carry-out.ts';
import { openSideFor } from './rollout/cluster-side.ts';
import { hostSettingsFor } from './rollout/host-settings.ts';
import type { RolloutContext } from './rollout/node-work.ts';
import type { ClusterPlan } from './rollout/plan-cluster.ts';
import { type RestoreOptions, restoreRecords } from './rollout/restore-records.ts';
import { planWithCluster, type RolloutFlags, type WholePlan } from './rollout/with-cluster.ts';
import { printDeclined, printRun, showPlan, toRun, untouchedHost } from './run-result.ts';
import type { Targets } from './targets.ts';
import { withDrain } from './untouched.ts';

export interface RollbackCommandOptions extends CommonOptions {
  readonly yes: boolean;
  readonly run?: string;
  readonly forceDrain: RolloutFlags['forceDrain'];
  readonly allowApiOutage: boolean;
}

/** Restores what a run replaced: planned, guarded and proved like apply. */
export const runRollback = (
  inventory: string,
  options: RollbackCommandOptions,
  context: CommandContext,
): Promise<number> => onTargets('rollback', inventory, { options, context }, rollBackTargets);

const rollBackTargets = async (
  targets: Targets,
  { runId, startedAt, options }: Started<RollbackCommandOptions>,
  { context, begin }: Telling,
): Promise<number> => {
  const identity = { runId, holder: holderName() };
  const open = openerFor(context);
  const { cluster, rollout } = targets.inventory;
  const programs = hostPrograms(readHostTemplates(), hostSettingsFor(cluster === undefined ? undefined : rollout));
  const planned = await planRollbacks(targets.inventory.hosts, {
    ...{ detail: 'count', options, context, open, programs, identity },
    runId: options.run,
    rollout: cluster !== undefined,
  });
  const flags = { ...options, resume: false };
  const side = await openSideFor(cluster, planned.observed, { open, context, use: 'rollout' });
  const whole = planWithCluster(planned, targets.inventory, side, { flags });
  try {
    return await takeBack(whole, { targets, planned, identity, startedAt, open, programs, options, context, begin });
  } finally {
    await whole.close();
  }
};

interface TakingBack extends Pick<RecoverOptions, 'programs' | 'identity'>, Telling {
  readonly targets: Targets;
  readonly planned: PlannedRollbacks;
  readonly startedAt: Date;
  readonly open: OpenHost;
  readonly options: RollbackCommandOptions;
}

const takeBack = async (whole: WholePlan, taking: TakingBack): Promise<number> => {
  const { targets, planned, identity, startedAt, open, programs, options, context } = taking;
  const { work } = planned;
  const again = rollbackCommand(targets.name, options.limit);
  const results = allOrNone(whole.results, whole, again);
  const pieces = { runId: identity.runId, startedAt, fleet: [], ...whole.pieces };
  const finish = (done: readonly HostResult[], cluster = whole.pieces.cluster): number =>
    printRun(
      toRun({ ...pieces, ...(cluster === undefined ? {} : { cluster }), command: 'rollback', hosts: done }, context),
      options,
      targets.name,
      context,
    );
  const toDo = targets.inventory.hosts.filter(
    ({ name }) => work.has(name) && results.find(({ host }) => host === name)?.state === 'ok',
  );
  if (toDo.length === 0 || context.signal.aborted) return finish(results.map(notRun));
  if (!options.yes) {
    const shown = { ...options, rolloutNotes: whole.notes };
    showPlan({ ...pieces, command: 'plan', hosts: results }, shown, targets.name, context);
    const unfinished = [...work.values()].filter(host => host.unfinished).length;
    const stake = { verb: 'Take back', results, unfinished };
    if (!(await askConsent(stake, context))) {
      const hosts = results.map(notRun);
      return printDeclined(toRun({ ...pieces, command: 'rollback', hosts, declined: true }, context), options, context);
    }
  }
  const { side } = whole;
  taking.begin(results.map(notRun));
  const restore = (host: InventoryHost, progress: HostProgress, rollout?: RolloutContext): Promise<HostResult> =>
    withConnection(host, open, async connection => {
      const todo = work.get(host.name);
      if (todo === undefined) return untouchedHost(host);
      const settle = recoverCommand(targets.name, host.name);
      const changes = todo.plan?.steps.map(({ change }) => change) ?? [];
      const node =
        rollout === undefined || side === undefined
          ? { signal: context.signal }
          : applyNode({ host, changes, rollout, plan: side.plan, connection, progress, settle });
      const again = rollbackCommand(targets.name, host.name);
      return rollBackHost(host, todo, { ...node, open: connection.open, programs, identity, progress, settle, again });
    });
  const carried: Pick<CarriedOut, 'results'> & Partial<CarriedOut> =
    side === undefined
      ? { results: await eachHost(toDo, { detail: 'hosts', options, context, done: doneWord.rollback }, restore) }
      : await carryOut({
          ...{ side, identity, options, context, hosts: toDo, resume: again },
          allowApiOutage: options.allowApiOutage,
          before: name => results.find(({ host }) => host === name) ?? untouchedHost({ name, address: '' }),
          work: restore,
          after: (done, tell) =>
            restoreRecords({ cluster: side.cluster, runId: identity.runId, tell, ...takenBack(done, work, side.plan) }),
        });
  const byName = new Map(carried.results.map(result => [result.host, result]));
  return finish(
    results.map(result => withDrain(result, byName.get(result.host) ?? notRun(result))),
    carried.cluster,
  );
};

/** Runs that are gone from their hosts, and the Nodes of these. */
const takenBack = (
  results: readonly HostResult[],
  work: PlannedRollbacks['work'],
  { nodes }: Pick<ClusterPlan, 'nodes'>,
): Pick<RestoreOptions, 'runs' | 'nodes'> => {
  const hosts = results.filter(({ outcome }) => outcome === 'changed').map(({ host }) => host);
  return {
    runs: new Set(hosts.flatMap(host => work.get(host)?.plan?.run.runId ?? [])),
    nodes: hosts.flatMap(host => nodes.get(host)?.metadata.name ?? []),
  };
};

const notRun = (result: HostResult): HostResult => ({
  ...result,
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
