import { NodeprepError } from '../core/errors.ts';
import { escapeText } from '../core/escape.ts';
import type { StandingStep } from '../plan/reset.ts';
import type { RoundManifest } from './compile.ts';
import { followRun } from './follow-run.ts';
import type { Followed } from './host-run.ts';
import { type PurgedPath, parseManifest, purgedOf } from './past-runs.ts';
import { type RecoverOptions, startSettled } from './recover.ts';
import { openHostSession } from './session.ts';

/** What of all runs stands on a host, and would be taken back. */
export interface ResetPlan {
  /** Newest first. */
  readonly steps: readonly StandingStep[];
  /** Of what stands; the host takes back this and nothing else. */
  readonly seal: string;
  /** An older nodeprep may have forgotten runs: what those changed is not known. */
  readonly incomplete: boolean;
  readonly unfinished: boolean;
  readonly purged: readonly PurgedPath[];
}

interface Seen {
  readonly purged: PurgedPath[];
  readonly manifests: Map<string, RoundManifest[]>;
  readonly steps: { readonly step: string; readonly runId: string; readonly own: string }[];
  readonly was: Map<string, string>;
  readonly keep: Map<string, string>;
  seal: string;
  incomplete: boolean;
  unfinished: boolean;
  complete: boolean;
}

const see = (seen: Seen, word: string, rest: string): void => {
  const [first = '', second = '', third = ''] = rest.split(' ');
  const words = rest.slice(first.length + 1).trim();
  switch (word) {
    case 'manifest':
      seen.manifests.set(first, [...(seen.manifests.get(first) ?? []), parseManifest(second)]);
      return;
    case 'step':
      seen.steps.push({ step: first, runId: second, own: third });
      return;
    case 'was':
      seen.was.set(first, escapeText(words));
      return;
    case 'keep':
      seen.keep.set(first, escapeText(words));
      return;
    case 'seal':
      seen.seal = first;
      return;
    case 'purged':
      seen.purged.push(purgedOf(rest));
      return;
    case 'incomplete':
      seen.incomplete = true;
      return;
    case 'unfinished':
      seen.unfinished = true;
      return;
    case 'error':
      throw new NodeprepError('step-failed', escapeText(rest));
    case 'end':
      seen.complete = true;
  }
};

/** Reads what all runs have changed on the host, and what has become of it. Changes nothing. */
export const planReset = async ({
  open,
  programs,
  identity,
}: Pick<RecoverOptions, 'open' | 'programs' | 'identity'>): Promise<ResetPlan> => {
  const session = await openHostSession(await open(), programs.lookBack(identity));
  const seen: Seen = {
    manifests: new Map(),
    steps: [],
    was: new Map(),
    keep: new Map(),
    purged: [],
    seal: '',
    incomplete: false,
    unfinished: false,
    complete: false,
  };
  for await (const line of session.lines) {
    if (line.kind === 'say') see(seen, line.word, line.rest);
  }
  session.close();
  if (!seen.complete)
    throw new NodeprepError('no-answer', 'the host did not finish telling what nodeprep has changed on it');
  const steps = seen.steps.map(({ step, runId, own }) => {
    const planned = seen.manifests.get(runId)?.flatMap(manifest => manifest.steps);
    const change = planned?.find(candidate => candidate.step === own)?.change;
    if (change === undefined)
      throw new NodeprepError('answer-malformed', `run ${runId} of this host does not say what its step ${own} was`);
    return { step, runId, change, was: seen.was.get(step) ?? '', keep: seen.keep.get(step) };
  });
  const { seal, incomplete, unfinished, purged } = seen;
  return { steps, seal, incomplete, unfinished, purged };
};

const notAsShown = (): NodeprepError =>
  new NodeprepError('guard-mismatch', 'what nodeprep has changed on this host is not what was shown any more', {
    hint: 'Nothing was taken back. Look again: run the same reset once more.',
  });

/** Takes back what all runs have changed: under the lock, detached, and followed like an apply. */
export const resetHost = async (options: RecoverOptions, { seal }: Pick<ResetPlan, 'seal'>): Promise<Followed> => {
  const { programs, identity } = options;
  const started = await startSettled(options, programs.launchReset(identity, seal), ({ kind }) =>
    kind === 'stale' ? notAsShown() : undefined,
  );
  const { runId } = identity;
  const resume = (seen: number) => programs.follow(identity, seen);
  return followRun({ ...options, ...started, runId, resume, decide: undefined });
};
