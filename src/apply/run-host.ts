import type { Change } from '../changes/change.ts';
import { NodeprepError } from '../core/errors.ts';
import { type CompiledRound, compileRound, type RoundManifest } from './compile.ts';
import { type Answer, followRun } from './follow-run.ts';
import type { Followed, HostRunEvent, OpenConnection } from './host-run.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { settleLeftover } from './recover.ts';
import { startOnHost } from './start.ts';

/** What the control side decides at the end of a round, from facts gathered again. */
export type RoundDecision =
  | { readonly kind: 'next'; readonly changes: readonly Change[] }
  | { readonly kind: 'verify' }
  | { readonly kind: 'revert'; readonly reason: string };

export type VerifyDecision = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface RunHostOptions {
  readonly open: OpenConnection;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly firstRound: readonly Change[];
  /** The first round once more, after an interrupted run had to be settled first. Throws `NodeprepError` to refuse. */
  readonly replan: () => Promise<readonly Change[]>;
  readonly afterRound: (round: number) => Promise<RoundDecision>;
  readonly verify: () => Promise<VerifyDecision>;
  readonly onEvent: (event: HostRunEvent) => void;
  /** Aborted: the step at work is finished, then everything is reverted. */
  readonly signal: AbortSignal;
}

/** Why the control side answered revert. */
export interface ControlRefusal {
  readonly code: 'verify-failed' | 'plan-refused' | 'interrupted';
  readonly reason: string;
}

export interface HostRun extends Followed {
  readonly manifests: readonly RoundManifest[];
  /** undefined where the host decided. */
  readonly refusal: ControlRefusal | undefined;
}

/** Drives one host through all its rounds: start, follow, decide at every hold, read the end. */
export const runHost = async (options: RunHostOptions): Promise<HostRun> => {
  const { round, running } = await launch(options);
  const decisions = makeDecisions(options, round);
  const { runId } = options.identity;
  const followed = await followRun({
    ...options,
    ...running,
    runId,
    decide: decisions.atHold,
    resume: seen => options.programs.follow(options.identity, seen),
  });
  return { ...followed, manifests: decisions.manifests(), refusal: decisions.refusal() };
};

/** Each attempt may find another leftover; more than a few mean that something keeps making them. */
const mostLeftovers = 8;

const launch = async (options: RunHostOptions) => {
  let changes = options.firstRound;
  for (let settled = 0; settled <= mostLeftovers; settled += 1) {
    const round = compileRound(changes, 1);
    const started = await startOnHost(options.open, options.programs.launch(options.identity, [round]));
    if (started.kind === 'running') return { round, running: started };
    await settleLeftover(options, started);
    changes = await options.replan();
  }
  throw new NodeprepError('unfinished-run', 'interrupted runs on this host could not be settled', {
    hint: 'Look: journals in /var/lib/nodeprep/runs  Then: nodeprep recover',
  });
};

/** The decisions of one run. */
const makeDecisions = (options: RunHostOptions, first: CompiledRound) => {
  const manifests: RoundManifest[] = [first.manifest];
  let refusal: ControlRefusal | undefined;
  const revert = (code: ControlRefusal['code'], reason: string): Answer => {
    refusal ??= { code, reason };
    return 'revert';
  };
  const afterRound = async (round: number): Promise<Answer> => {
    const decision = await options.afterRound(round);
    if (decision.kind === 'verify') return 'verify';
    if (decision.kind === 'revert') return revert('plan-refused', decision.reason);
    const compiled = compileRound(decision.changes, round + 1);
    manifests.push(compiled.manifest);
    await startOnHost(options.open, options.programs.placeRound(options.identity, round + 1, compiled));
    return 'next';
  };
  const verify = async (): Promise<Answer> => {
    const decision = await options.verify();
    return decision.ok ? 'commit' : revert('verify-failed', decision.reason);
  };
  const atHold = async (hold: string): Promise<Answer> => {
    if (options.signal.aborted) return revert('interrupted', 'interrupted by the operator');
    const round = /^round-(\d+)$/.exec(hold)?.[1];
    try {
      return round === undefined ? await verify() : await afterRound(Number(round));
    } catch (error) {
      if (!(error instanceof NodeprepError)) throw error;
      return revert(round === undefined ? 'verify-failed' : 'plan-refused', error.message);
    }
  };
  return { atHold, manifests: () => manifests, refusal: () => refusal };
};
