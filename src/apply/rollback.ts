import { NodeprepError } from '../core/errors.ts';
import type { PlannedChange } from '../core/result.ts';
import { atEmptying } from './decisions.ts';
import { followRun } from './follow-run.ts';
import type { Followed } from './host-run.ts';
import { interruption } from './interruption.ts';
import { describeRuns, type PastRun } from './past-runs.ts';
import { type RecoverOptions, startSettled } from './recover.ts';
import type { ControlRefusal, RunHolds } from './run-host.ts';
import { type HostAnswer, openHostSession } from './session.ts';

/** What a rollback would take back, newest first; undefined = nothing to restore. */
export interface RollbackPlan {
  readonly run: PastRun;
  readonly steps: readonly { readonly step: string; readonly change: PlannedChange }[];
}

const stepsOf = (run: PastRun) =>
  run.manifests.flatMap(manifest => manifest.steps).filter(({ step }) => run.openSteps.has(step));
const targetsOf = (run: PastRun): ReadonlySet<string> =>
  new Set(stepsOf(run).map(({ change }) => `${change.kind} ${change.target}`));

/**
 * Pure. `runId` undefined: the newest run that stands. One of which something could not be undone stands with what is left of
 * it, until a later run has been made.
 */
export const chooseRollback = (runs: readonly PastRun[], runId: string | undefined): RollbackPlan | undefined => {
  const newest = runs.findLast(({ state }) => state !== 'unchanged');
  const standing = runs.filter(run => run.state === 'committed' || (run.state === 'partial' && run === newest));
  const run = runId === undefined ? standing.at(-1) : runs.find(candidate => candidate.runId === runId);
  if (run === undefined) {
    if (runId === undefined) return undefined;
    throw new NodeprepError('plan-refused', `run ${runId} is not on this host`, {
      hint: runs.length === 0 ? 'No run is.' : `Its runs: ${runs.map(known => known.runId).join(', ')}`,
    });
  }
  if (run.state !== 'committed' && run.state !== 'partial') return undefined;
  refuseUnderLaterRun(run, standing);
  return { run, steps: stepsOf(run).toReversed() };
};

const refuseUnderLaterRun = (run: PastRun, standing: readonly PastRun[]): void => {
  const targets = targetsOf(run);
  for (const later of standing.filter(({ runId }) => runId > run.runId)) {
    const shared = [...targetsOf(later)].find(target => targets.has(target));
    if (shared !== undefined)
      throw new NodeprepError('plan-refused', `a later run, ${later.runId}, has changed ${shared} too`, {
        hint: `Roll that one back first: nodeprep rollback --run ${later.runId}`,
      });
  }
};

/** Reads the runs of the host and says what would be taken back. Changes nothing. */
export const planRollback = async (
  options: Pick<RecoverOptions, 'open' | 'programs' | 'identity'>,
  runId: string | undefined,
): Promise<RollbackPlan | undefined> => chooseRollback((await describeRuns(options)).runs, runId);

export interface RollbackOptions extends RecoverOptions {
  readonly plan: RollbackPlan;
  /** Needed where the run had needed an empty node; without them it is not taken back. */
  readonly holds?: RunHolds;
  /** Unified diff with secrets masked, from what the run wrote to what is there now. */
  readonly diff: (path: string, left: string, found: string) => string;
}

export interface RollbackRun extends Followed {
  /** Why nothing was taken back: the node could not be emptied. */
  readonly refusal: ControlRefusal | undefined;
  /** The run could not be taken back because this file has been changed since. */
  readonly changedSince: { readonly target: string; readonly diff: string } | undefined;
}

/** Takes a run back, or what is left of it, with its own engine, under the lock, detached and followed like an apply. */
export const rollbackHost = async (options: RollbackOptions): Promise<RollbackRun> => {
  const { runId } = options.plan.run;
  const program = options.programs.workOn('rollback', options.identity, runId);
  const started = await startSettled(options, program, ({ kind }) =>
    kind === 'gone' ? new NodeprepError('plan-stale', `run ${runId} is no longer on this host`) : undefined,
  );
  const identity = { ...options.identity, runId };
  let refusal: ControlRefusal | undefined;
  const decide = async (hold: string, signal: AbortSignal): Promise<HostAnswer> => {
    const answer = options.signal.aborted
      ? interruption(options.signal)
      : await atEmptying(hold, options.holds, signal);
    if (answer === undefined || answer.go) return 'go';
    refusal ??= { code: answer.code, reason: answer.reason };
    return 'revert';
  };
  const followed = await followRun({
    ...options,
    ...started,
    runId,
    decide,
    resume: seen => options.programs.follow(identity, seen),
  });
  return { ...followed, refusal, changedSince: await changedSince(options, followed) };
};

const changedSince = async (options: RollbackOptions, { progress, end }: Followed) => {
  if (end.kind !== 'settled' || end.word !== 'committed' || progress.failure?.event !== 'mismatch') return undefined;
  const { step } = progress.failure;
  const target = options.plan.steps.find(candidate => candidate.step === step)?.change.target ?? step;
  const { left, found } = await inspect(options, step);
  // Not a file, or not its text: the journal's own words say more.
  if (left === undefined || found === undefined || left === found) return undefined;
  return { target, diff: options.diff(target, left, found) };
};

const inspect = async (options: RollbackOptions, step: string) => {
  const program = options.programs.inspect(options.identity, options.plan.run.runId, step);
  const session = await openHostSession(await options.open(), program);
  const words = new Map<string, string>();
  for await (const line of session.lines) {
    if (line.kind === 'say') words.set(line.word, Buffer.from(line.rest, 'base64').toString('utf8'));
  }
  session.close();
  return { left: words.get('left'), found: words.get('found') };
};
