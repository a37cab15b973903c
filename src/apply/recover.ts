import { NodeprepError } from '../core/errors.ts';
import { followRun } from './follow-run.ts';
import type { Followed, HostRunEvent } from './host-run.ts';
import { describeRuns } from './past-runs.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { type Started, type StartOptions, startOnHost } from './start.ts';

export interface RecoverOptions extends StartOptions {
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly onEvent: (event: HostRunEvent) => void;
  readonly signal: AbortSignal;
}

export interface SettledRun extends Followed {
  readonly runId: string;
}

type Leftover = Exclude<Started, { readonly kind: 'running' }>;

/**
 * Settles what stands in the way of a start: a live program that nobody drives is taken over and read to its end,
 * interrupted runs are settled by their own engine, oldest first.
 */
export const settleLeftover = async (options: RecoverOptions, found: Leftover): Promise<readonly SettledRun[]> => {
  if (found.kind === 'orphan') return takeOver(options, found);
  if (found.kind !== 'unfinished') return [];
  const settled: SettledRun[] = [];
  for (const runId of found.runIds) settled.push(...(await recoverRun(options, runId)));
  return settled;
};

const recoverRun = async (options: RecoverOptions, runId: string): Promise<readonly SettledRun[]> => {
  options.onEvent({ kind: 'recovering', runId });
  const program = options.programs.workOn('recover', options.identity, runId);
  const started = await startOnHost(options, program);
  if (started.kind === 'running') return [await followOther(options, runId, started)];
  // It is still alive, or somebody else settled it meanwhile.
  return settleLeftover(options, started);
};

const takeOver = async (
  options: RecoverOptions,
  { runId, holder }: { readonly runId: string; readonly holder: string },
): Promise<readonly SettledRun[]> => {
  options.onEvent({ kind: 'taken-over', runId, holder });
  const started = await startOnHost(options, options.programs.takeOver(options.identity, runId));
  return started.kind === 'running' ? [await followOther(options, runId, started)] : [];
};

const followOther = async (
  options: RecoverOptions,
  runId: string,
  running: Extract<Started, { readonly kind: 'running' }>,
): Promise<SettledRun> => {
  const identity = { ...options.identity, runId };
  const resume = (seen: number) => options.programs.follow(identity, seen);
  return { runId, ...(await followRun({ ...options, ...running, runId, resume, decide: undefined })) };
};

/** `nodeprep recover` on one host: everything that was interrupted is settled; nothing there is fine. */
export const recoverHost = async (options: RecoverOptions): Promise<readonly SettledRun[]> => {
  const settled: SettledRun[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const { runs, lock } = await describeRuns(options);
    const unfinished = runs.filter(run => run.state === 'unfinished').map(run => run.runId);
    if (unfinished.length === 0) return settled;
    const oldest = unfinished[0] ?? '';
    // A live one is watched before anything else: its driver may be at work.
    const next = lock?.alive && unfinished.includes(lock.runId) ? lock.runId : oldest;
    settled.push(...(await settleLeftover(options, { kind: 'unfinished', runIds: [next] })));
  }
  throw unsettled(options);
};

const unsettled = ({ settle }: Pick<RecoverOptions, 'settle'>): NodeprepError =>
  new NodeprepError('unfinished-run', 'interrupted runs on this host could not be settled', {
    hint: `Look: journals in /var/lib/nodeprep/runs on the host  Then: ${settle}`,
  });

/** Starts a program that works on earlier runs, once what stands in its way is settled; `barred` says why it never can be. */
export const startSettled = async (
  options: RecoverOptions,
  program: string,
  barred: (found: Leftover) => NodeprepError | undefined,
): Promise<Extract<Started, { readonly kind: 'running' }>> => {
  let started = await startOnHost(options, program);
  for (let attempt = 0; started.kind !== 'running' && attempt < 8; attempt += 1) {
    const error = barred(started);
    if (error !== undefined) throw error;
    await settleLeftover(options, started);
    started = await startOnHost(options, program);
  }
  if (started.kind !== 'running') throw unsettled(options);
  return started;
};
