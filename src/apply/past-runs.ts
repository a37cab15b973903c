import { z } from 'zod';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { plannedChangeShape } from '../plan/planned-change-shape.ts';
import type { RoundManifest } from './compile.ts';
import type { OpenConnection } from './host-run.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { openHostSession } from './session.ts';

export type PastRunState = 'unfinished' | 'committed' | 'reverted' | 'partial' | 'rolled-back' | 'unchanged';

/** A run as the host keeps it. */
export interface PastRun {
  readonly runId: string;
  readonly state: PastRunState;
  readonly manifests: readonly RoundManifest[];
  /** Steps that were begun and not undone since. */
  readonly openSteps: ReadonlySet<string>;
}

/** Data of a runtime that a run has removed for good. */
export interface PurgedPath {
  readonly runId: string;
  readonly path: string;
}

export const purgedOf = (rest: string): PurgedPath => {
  const [runId = '', path = ''] = rest.split(' ');
  return { runId: escapeLine(runId, 80), path: escapeLine(path, 200) };
};

/** Told where a runtime comes back. */
export const purgedWords = ({ runId, path }: PurgedPath): string =>
  `${path} is empty: run ${runId} has removed images and containers there (--purge-old-runtime), and they do not come back`;

export interface PastRuns {
  readonly purged: readonly PurgedPath[];
  /** Oldest first: run ids begin with the time. */
  readonly runs: readonly PastRun[];
  readonly lock:
    | { readonly runId: string; readonly alive: boolean; readonly seconds: number; readonly holder: string }
    | undefined;
}

const manifestShape = z.object({
  schemaVersion: z.literal(1),
  round: z.number().int(),
  steps: z.array(z.object({ step: z.string().regex(/^\d+-\d+$/), change: plannedChangeShape })),
});

interface Collected {
  readonly states: Map<string, PastRunState>;
  readonly manifests: Map<string, RoundManifest[]>;
  readonly steps: Map<string, Set<string>>;
  readonly purged: PurgedPath[];
  lock: PastRuns['lock'];
  complete: boolean;
}

const states: readonly PastRunState[] = ['unfinished', 'committed', 'reverted', 'partial', 'rolled-back', 'unchanged'];
const stateOf = (word: string): PastRunState => states.find(state => state === word) ?? 'unfinished';

const collect = (into: Collected, word: string, rest: string): void => {
  const [runId = '', second = '', third = '', ...more] = rest.split(' ');
  if (word === 'run') into.states.set(runId, stateOf(second));
  if (word === 'manifest') into.manifests.set(runId, [...(into.manifests.get(runId) ?? []), parseManifest(second)]);
  if (word === 'lock')
    into.lock = {
      runId,
      alive: second === 'alive',
      seconds: Number(third) || 0,
      holder: escapeLine(more.join(' '), 120),
    };
  if (word === 'step') {
    const steps = into.steps.get(runId) ?? new Set();
    if (third === 'begin') steps.add(second);
    else steps.delete(second);
    into.steps.set(runId, steps);
  }
  if (word === 'purged') into.purged.push(purgedOf(rest));
  if (word === 'end') into.complete = true;
};

export const parseManifest = (base64: string): RoundManifest => {
  try {
    return manifestShape.parse(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')));
  } catch (cause) {
    throw new NodeprepError('answer-malformed', 'a manifest in /var/lib/nodeprep/runs cannot be read', { cause });
  }
};

/** What earlier runs left, with what they changed. Read-only. */
export const describeRuns = async (options: {
  readonly open: OpenConnection;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
}): Promise<PastRuns> => {
  const session = await openHostSession(await options.open(), options.programs.describe(options.identity));
  const collected: Collected = {
    states: new Map(),
    manifests: new Map(),
    steps: new Map(),
    purged: [],
    lock: undefined,
    complete: false,
  };
  for await (const line of session.lines) {
    if (line.kind === 'say') collect(collected, line.word, line.rest);
  }
  session.close();
  if (!collected.complete) throw new NodeprepError('no-answer', 'the host did not finish the list of its runs');
  const runs = [...collected.states].map(([runId, state]) => ({
    runId,
    state,
    manifests: (collected.manifests.get(runId) ?? []).toSorted((left, right) => left.round - right.round),
    openSteps: collected.steps.get(runId) ?? new Set<string>(),
  }));
  const { purged, lock } = collected;
  return { runs: runs.toSorted((left, right) => (left.runId < right.runId ? -1 : 1)), purged, lock };
};
