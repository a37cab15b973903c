import type { RoundManifest } from '../apply/compile.ts';
import type { FollowEnd } from '../apply/host-run.ts';
import type { RunProgress } from '../apply/journal.ts';
import type { ControlRefusal } from '../apply/run-host.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { HostResult, PlannedChange } from '../core/result.ts';
import { stateOfCode } from './host-failure.ts';
import { otherRemedy, remedyFor } from './remedy.ts';

type Told = Pick<HostResult, 'state' | 'error' | 'outcome' | 'notReverted'>;

export interface EndedRun {
  readonly runId: string;
  readonly end: FollowEnd;
  readonly progress: RunProgress;
  readonly refusal?: ControlRefusal | undefined;
  /** The command that settles what is left: `nodeprep recover inventory.yaml --limit worker-1`. */
  readonly settle: string;
}

/** Changes with what became of them. */
export const changesWithStatus = (
  manifests: readonly RoundManifest[],
  { steps }: RunProgress,
): readonly PlannedChange[] =>
  manifests
    .flatMap(manifest => manifest.steps)
    .map(({ step, change }) => ({ ...change, status: statusOf(steps.get(step)) }));

const statusOf = (
  step: 'begun' | 'done' | 'failed' | 'undone' | 'stuck' | undefined,
): NonNullable<PlannedChange['status']> => {
  if (step === 'done') return 'done';
  if (step === 'undone') return 'reverted';
  return step === undefined ? 'not-run' : 'failed';
};

/** How a run on a host ended, in the words of the result (design 3.12). Pure. */
export const tellEnd = (run: EndedRun): Told => {
  const { end } = run;
  if (end.kind !== 'settled') return notSettled(run);
  if (end.word === 'committed' || end.word === 'rolled-back' || end.word === 'reset')
    return { state: 'ok', outcome: 'changed' };
  if (end.word === 'unchanged') return unchanged(run);
  return reverted(run, end.word);
};

const hintFor = (runId: string): string => `journal: /var/lib/nodeprep/runs/${runId}/journal on the host`;

/** What to do, then where more is to be read. */
const hintAfter = (runId: string, ...sentences: readonly (string | undefined)[]): string =>
  [...sentences, hintFor(runId)].filter(sentence => sentence !== undefined).join(' ');

/** Of what was not the host's fault. */
const againBy: Readonly<Partial<Record<ErrorCode, string>>> = {
  interrupted: 'Run this again when it suits.',
  'plan-refused': 'Plan again.',
};

const unchanged = ({ progress, runId, refusal }: EndedRun): Told => {
  if (progress.failure === undefined)
    return refusal === undefined ? { state: 'ok', outcome: 'unchanged' } : refused(refusal);
  if (progress.failure.event === 'failed') {
    const { code, reason } = causeOf({ progress });
    const hint = hintAfter(runId, 'Nothing was changed.', remedyFor(reason));
    return { state: 'failed', outcome: 'unchanged', error: { code, message: reason, hint } };
  }
  return {
    state: 'refused',
    outcome: 'unchanged',
    error: {
      code: 'guard-mismatch' satisfies ErrorCode,
      message: progress.failure.reason,
      hint: hintAfter(runId, planAgain(progress.failure.reason)),
    },
  };
};

/** A guard found another host than was planned for, or what bars the change on this one. */
const planAgain = (reason: string): string => {
  const remedy = remedyFor(reason);
  return remedy === undefined || remedy === otherRemedy ? 'Plan again.' : remedy;
};

/** The control side said no before the first change. */
const refused = ({ code, reason }: ControlRefusal): Told => ({
  state: stateOfCode(code),
  outcome: 'unchanged',
  error: { code, message: reason, hint: 'Nothing was changed on the host.' },
});

const reverted = (run: EndedRun, word: 'reverted' | 'partial'): Told => {
  const { progress, runId } = run;
  const { code, reason } = causeOf(run);
  if (word === 'reverted') {
    const kept = progress.kept.length === 0 ? {} : { notReverted: progress.kept };
    const hint = hintAfter(runId, againBy[code] ?? remedyFor(reason));
    return { state: 'failed', outcome: 'reverted', ...kept, error: { code, message: reason, hint } };
  }
  const left = progress.stuck.map(({ reason: why }) => why);
  // A rollback has no cause: it was asked for.
  const begun = progress.failure === undefined && run.refusal === undefined ? '' : `${reason}\nand `;
  return {
    state: 'failed',
    outcome: 'partial',
    notReverted: left,
    error: {
      code: 'revert-partial' satisfies ErrorCode,
      message: `${begun}not everything could be undone: ${left.join('; ')}`,
      hint: `Repair what is named, then run nodeprep apply. ${hintFor(runId)}`,
    },
  };
};

const causeOf = ({
  progress,
  refusal,
}: Pick<EndedRun, 'progress' | 'refusal'>): { code: ErrorCode; reason: string } => {
  // templates/host/engine.sh says so where it met the operator's wish before a step.
  const wasAsked = progress.failure?.reason.startsWith('interrupted by the operator') === true;
  if (wasAsked && refusal !== undefined) return { code: refusal.code, reason: refusal.reason };
  if (progress.failure !== undefined) {
    return { code: wasAsked ? 'interrupted' : 'step-failed', reason: progress.failure.reason };
  }
  if (refusal !== undefined) return { code: refusal.code, reason: refusal.reason };
  return { code: 'step-failed', reason: 'the host program waited for the control side in vain, and reverted' };
};

const notSettled = ({ end, runId, settle }: EndedRun): Told => {
  const hint = `Settle it with: ${settle}`;
  if (end.kind === 'lost') {
    const reason = end.reason.replace(/\.$/, '');
    const message = `the connection was lost and did not come back (${reason}); run ${runId} goes on by itself and reverts what nobody confirms`;
    return { state: 'failed', error: { code: 'connect-failed' satisfies ErrorCode, message, hint } };
  }
  const message =
    end.kind === 'gone'
      ? `run ${runId} is no longer on the host`
      : `the host program of run ${runId} ended without settling it`;
  return { state: 'failed', error: { code: 'unfinished-run' satisfies ErrorCode, message, hint } };
};
