import { readHostTemplates } from '../apply/host-templates.ts';
import { purgedWords } from '../apply/past-runs.ts';
import { hostPrograms } from '../apply/programs.ts';
import { recoverHost } from '../apply/recover.ts';
import { planReset, type ResetPlan, resetHost } from '../apply/reset.ts';
import { NodeprepError } from '../core/errors.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { type FoldedReset, foldReset, resetRefusals } from '../plan/reset.ts';
import { doneWord } from '../report/done-word.ts';
import type { HostProgress } from '../ui/progress.ts';
import type { Telling } from './always-result.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { holderName } from './holder.ts';
import { type HostConnection, withConnection } from './host-connection.ts';
import { recoverCommand, resetCommand } from './next-command.ts';
import { observe } from './observe.ts';
import { onTargets, type Started } from './on-targets.ts';
import { openerFor } from './open-host.ts';
import { leftBehind } from './plan-rollbacks.ts';
import { tellReset } from './reset-outcome.ts';
import { printDeclined, printRun, showPlan, toRun, untouchedHost } from './run-result.ts';
import type { Targets } from './targets.ts';
import { tellEvent } from './tell-event.ts';
import { recovered } from './tell-recovered.ts';
import { untouched } from './untouched.ts';

export interface ResetCommandOptions extends CommonOptions {
  readonly yes: boolean;
}

interface HostReset extends FoldedReset {
  readonly plan: ResetPlan;
}

/** Takes hosts back to what was there before nodeprep came first. */
export const runReset = (inventory: string, options: ResetCommandOptions, context: CommandContext): Promise<number> =>
  onTargets('reset', inventory, { options, context }, resetTargets);

const resetTargets = async (
  targets: Targets,
  { runId, startedAt, options }: Started<ResetCommandOptions>,
  { context, begin }: Telling,
): Promise<number> => {
  const { hosts } = targets.inventory;
  const working = { identity: { runId, holder: holderName() }, programs: hostPrograms(readHostTemplates()) };
  const open = openerFor(context);
  const pieces = { command: 'reset', runId, startedAt, fleet: [] } as const;
  const finish = (results: readonly HostResult[]): number =>
    printRun(toRun({ ...pieces, hosts: results }, context), options, targets.name, context);

  const work = new Map<string, HostReset>();
  const planned = await eachHost(hosts, { detail: 'count', options, context }, host =>
    withConnection(host, open, async connection => {
      const plan = await planReset({ open: connection.open, ...working });
      const folded = foldReset(plan.steps);
      if (plan.steps.length === 0 && !plan.unfinished) return { ...untouchedHost(host), ...leftOf(folded, plan) };
      await refuse(folded, host, connection, context.signal);
      work.set(host.name, { ...folded, plan });
      return { ...untouchedHost(host), ...leftOf(folded, plan), changes: folded.items.map(({ change }) => change) };
    }),
  );
  const toDo = hosts.filter(({ name }) => work.has(name));
  if (toDo.length === 0 || context.signal.aborted) return finish(planned.map(untouched));
  if (!options.yes) {
    showPlan({ ...pieces, command: 'plan', hosts: planned }, { ...options, isAsked: true }, targets.name, context);
    const unfinished = [...work.values()].filter(({ plan }) => plan.unfinished).length;
    if (!(await askConsent({ verb: 'Take back', results: planned, unfinished }, context))) {
      const run = toRun({ ...pieces, hosts: planned.map(untouched), declined: true }, context);
      return printDeclined(run, options, context);
    }
  }
  begin(planned.map(untouched));
  const done = await eachHost(toDo, { detail: 'hosts', options, context, done: doneWord.reset }, (host, progress) =>
    withConnection(host, open, connection => {
      const reset = work.get(host.name);
      if (reset === undefined) return Promise.resolve(untouchedHost(host));
      const commands = {
        settle: recoverCommand(targets.name, host.name),
        again: resetCommand(targets.name, host.name),
      };
      return resetOne(host, reset, {
        ...working,
        ...commands,
        open: connection.open,
        progress,
        signal: context.signal,
      });
    }),
  );
  const byName = new Map(done.map(result => [result.host, result]));
  return finish(planned.map(result => withPlan(result, byName.get(result.host))));
};

/** A host that was lost or refused before its reset began is told with what was planned there. */
const withPlan = (planned: HostResult, done: HostResult | undefined): HostResult => {
  if (done === undefined) return untouched(planned);
  return done.changes.length === 0 ? { ...done, changes: untouched(planned).changes } : done;
};

const refuse = async (
  { items }: FoldedReset,
  host: InventoryHost,
  { open }: HostConnection,
  signal: AbortSignal,
): Promise<void> => {
  const { facts } = await observe(await open(), ['clusterState', 'cri', 'docker', 'runtimeContents'], signal);
  const changes = items.map(({ change }) => change);
  const [refusal] = resetRefusals(changes, facts, host.desired.runtime);
  if (refusal === undefined) return;
  throw new NodeprepError(refusal.code, refusal.message, refusal.hint === undefined ? {} : { hint: refusal.hint });
};

const forgotten =
  'runs that an older nodeprep made and forgot: what those changed is not known, and stays (it kept the last five runs of a host)';

/** Whatever others have done. */
const neverBack = ({ incomplete, purged }: ResetPlan): readonly string[] => [
  ...purged.map(purgedWords),
  ...(incomplete ? [forgotten] : []),
];

const leftOf = ({ kept }: FoldedReset, plan: ResetPlan): Pick<HostResult, 'notReverted'> =>
  leftBehind([...kept, ...neverBack(plan)]);

interface ResettingOne extends Omit<Parameters<typeof resetHost>[0], 'onEvent'> {
  readonly progress: HostProgress;
  /** The command that tries once more what got stuck. */
  readonly again: string;
}

const resetOne = async (
  host: InventoryHost,
  { plan, items }: HostReset,
  { progress, ...options }: ResettingOne,
): Promise<HostResult> => {
  const running = { ...options, onEvent: (event: Parameters<typeof tellEvent>[0]) => tellEvent(event, progress) };
  if (plan.unfinished) {
    const settled = await recoverHost(running);
    const now = await planReset(running);
    // The run that was interrupted was a reset, or nothing else stands.
    if (now.steps.length === 0) return recovered(host, settled, options.settle);
  }
  const ended = await resetHost(running, plan);
  const { runId } = options.identity;
  const left = neverBack(plan);
  return {
    ...untouchedHost(host),
    ...tellReset({ ...ended, runId, settle: options.settle, again: options.again, items, left }),
  };
};
