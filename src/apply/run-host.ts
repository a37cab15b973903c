import type { Change } from '../changes/change.ts';
import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { type CompileOptions, compileRound, type RoundManifest } from './compile.ts';
import { makeDecisions } from './decisions.ts';
import { followRun } from './follow-run.ts';
import type { Followed, HostRunEvent } from './host-run.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { provide } from './provide.ts';
import type { PackageSupply } from './push-packages.ts';
import { settleLeftover } from './recover.ts';
import { type StartOptions, startOnHost } from './start.ts';

/** What the control side decides at the end of a round, from facts gathered again. */
export type RoundDecision =
  | { readonly kind: 'next'; readonly changes: readonly Change[] }
  | { readonly kind: 'verify' }
  | { readonly kind: 'revert'; readonly reason: string };

export type VerifyDecision = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export type HoldAnswer =
  | { readonly go: true }
  | { readonly go: false; readonly code: ErrorCode; readonly reason: string };

/**
 * What the control side does while the host program of a round that needs an empty node waits (design 3.10). Each is
 * asked once per such round. The signal fires when the host waits no longer: its deadline passed, somebody else took the
 * run over, the operator interrupted it, or the host is lost; nothing may be evicted or removed after that.
 */
export interface RunHolds {
  /** Everything is staged and the kubelet runs: cordon and evict. */
  drained(signal: AbortSignal): Promise<HoldAnswer>;
  /** The kubelet is stopped: the runtime's remaining sandboxes go. */
  sandboxes(signal: AbortSignal): Promise<HoldAnswer>;
}

export interface RunHostOptions extends CompileOptions, StartOptions {
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly firstRound: readonly Change[];
  /** The first round once more, after an interrupted run had to be settled first. Throws `NodeprepError` to refuse. */
  readonly replan: () => Promise<readonly Change[]>;
  readonly afterRound: (round: number) => Promise<RoundDecision>;
  readonly verify: () => Promise<VerifyDecision>;
  /** Packages come from what is staged, and it must be this (see `readStaged`). */
  readonly staged?: string | undefined;
  /** Packages come from this machine, and from no source of the host. */
  readonly supply?: PackageSupply | undefined;
  /** Needed where a round needs an empty node (`needsEmptyNode`); without them such a round is reverted. */
  readonly holds?: RunHolds;
  readonly onEvent: (event: HostRunEvent) => void;
  /** Aborted: the step at work is finished, then everything is reverted. */
  readonly signal: AbortSignal;
}

/** Why the control side answered revert. */
export interface ControlRefusal {
  readonly code: ErrorCode;
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
  const { staged, supply } = options;
  const launchOptions = {
    ...(staged === undefined ? {} : { staged }),
    ...(supply === undefined ? {} : { packages: supply.index }),
  };
  for (let settled = 0; settled <= mostLeftovers; settled += 1) {
    const round = compileRound(changes, 1, options);
    if (staged === undefined) await provide(changes, options);
    const started = await startOnHost(options, options.programs.launch(options.identity, [round], launchOptions));
    if (started.kind === 'running') return { round, running: started };
    await settleLeftover(options, started);
    changes = await options.replan();
  }
  throw new NodeprepError('unfinished-run', 'interrupted runs on this host could not be settled', {
    hint: `Look: journals in /var/lib/nodeprep/runs on the host  Then: ${options.settle}`,
  });
};
