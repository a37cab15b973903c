import { spawn } from 'node:child_process';
import type { ClusterClock } from '../../cluster/clock.ts';
import { escapeLine } from '../../core/escape.ts';
import type { Pause } from '../../core/rollout-settings.ts';
import type { Stop } from './run-batches.ts';

export interface GateOptions {
  readonly clock: ClusterClock;
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
}

const retryMs = 5_000;
const oneAnswerMs = 10_000;

/** Waits at the gate between two batches. undefined: it is open. */
export const passGate = async (pause: Pause, options: GateOptions): Promise<Stop | undefined> => {
  if (pause.kind === 'time') return sleepAtGate(pause.ms, options);
  return pause.kind === 'command' ? askCommand(pause, options) : askUrl(pause, options);
};

const sleepAtGate = async (milliseconds: number, { clock, signal, tell }: GateOptions): Promise<undefined> => {
  tell(`pausing for ${Math.round(milliseconds / 1_000)} s before the next batch`);
  await clock.sleep(milliseconds, signal);
};

/** Run once: exit status 0 opens, anything else stops the rollout. */
const askCommand = async (
  { argv, timeoutMs }: Extract<Pause, { kind: 'command' }>,
  { signal, tell }: GateOptions,
): Promise<Stop | undefined> => {
  tell(`asking the gate ${argv.join(' ')}`);
  const closed = await runOnce(argv, timeoutMs, signal);
  if (closed === undefined || signal.aborted) return undefined;
  return { code: 'rollout-stopped', reason: `the gate ${argv.join(' ')} says no: ${closed}`, state: 'refused' };
};

/** Asked again and again until it answers 2xx. */
const askUrl = async (
  { url, timeoutMs }: Extract<Pause, { kind: 'http' }>,
  { clock, signal, tell }: GateOptions,
): Promise<Stop | undefined> => {
  const end = clock.now() + timeoutMs;
  for (let asked = 1; ; asked += 1) {
    const closed = await fetchOnce(url, signal);
    if (closed === undefined || signal.aborted) return undefined;
    if (clock.now() >= end) {
      const seconds = Math.round(timeoutMs / 1_000);
      return {
        code: 'rollout-stopped',
        reason: `the gate ${url} did not open within ${seconds} s: ${closed}`,
        state: 'refused',
      };
    }
    if (asked === 1) tell(`waiting for the gate ${url}: ${closed}`);
    await clock.sleep(Math.min(retryMs, Math.max(0, end - clock.now())), signal);
  }
};

/** undefined: it ended with 0. Its output is for the operator's own eyes, the last line says why. */
const runOnce = (
  [program = '', ...args]: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> =>
  new Promise(resolve => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, signal });
    let said = '';
    const keep = (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-4_096);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', error => resolve(error.message));
    child.on('close', code => {
      const last = said.trim().split('\n').at(-1) ?? '';
      resolve(code === 0 ? undefined : escapeLine(`exit ${code ?? 'by a signal'} ${last}`.trim(), 200));
    });
  });

const fetchOnce = async (url: string, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(oneAnswerMs)]) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `HTTP ${answer.status}`;
  } catch (error) {
    const { cause, message } = error instanceof Error ? error : { cause: undefined, message: String(error) };
    return escapeLine(cause instanceof Error ? cause.message : message, 200);
  }
};
