import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import type { FollowEnd, Followed, HostRunEvent, OpenConnection } from './host-run.ts';
import { advance, noProgress, type RunProgress } from './journal.ts';
import { type HostAnswer, type HostSession, openHostSession } from './session.ts';

export interface FollowOptions {
  readonly runId: string;
  readonly open: OpenConnection;
  readonly connection: Connection;
  readonly session: HostSession;
  /** Journal lines that are known already. */
  readonly seen: number;
  /** The program that reads on after a lost connection. */
  readonly resume: (seen: number) => string;
  /** The answer to a hold; undefined = somebody else answers. The signal fires when the host no longer waits for it. */
  readonly decide: ((hold: string, signal: AbortSignal) => Promise<HostAnswer>) | undefined;
  readonly onEvent: (event: HostRunEvent) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds between attempts to come back; together less than a hold waits. */
const reconnectDelaysMs = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];

interface Reading {
  session: HostSession;
  connection: Connection;
  seen: number;
  progress: RunProgress;
  /** A decision is made once per hold, and sent again where the answer may have been lost with the connection. */
  readonly decided: Map<string, Promise<void>>;
  readonly answers: Map<string, HostAnswer>;
  /** Of the decision that is being made. */
  deciding: AbortController | undefined;
  bug: unknown;
}

/** Follows a run to its end: a lost connection neither kills nor repeats work, we reconnect and read on (design 3.7). */
export const followRun = async (options: FollowOptions): Promise<Followed> => {
  const { session, connection, seen } = options;
  const reading: Reading = {
    session,
    connection,
    seen,
    progress: noProgress,
    decided: new Map(),
    answers: new Map(),
    deciding: undefined,
    bug: undefined,
  };
  const abort = () => reading.session.abort();
  options.signal.addEventListener('abort', abort);
  try {
    if (options.signal.aborted) abort();
    const end = await readToEnd(options, reading);
    if (reading.bug !== undefined) throw reading.bug;
    return { end, progress: reading.progress };
  } finally {
    options.signal.removeEventListener('abort', abort);
    reading.deciding?.abort();
    reading.session.close();
  }
};

const readToEnd = async (options: FollowOptions, reading: Reading): Promise<FollowEnd> => {
  for (;;) {
    const end = await readSession(options, reading);
    if (end !== undefined) return end;
    options.onEvent({ kind: 'lost', runId: options.runId });
    const reason = await reconnect(options, reading);
    if (reason !== undefined) return { kind: 'lost', reason };
    options.onEvent({ kind: 'reconnected', runId: options.runId });
    if (options.signal.aborted) reading.session.abort();
    const hold = reading.progress.openHold;
    const answer = hold === undefined ? undefined : reading.answers.get(hold);
    if (hold !== undefined && answer !== undefined) reading.session.answer(hold, answer);
  }
};

/** Undefined: the session ended before the run did. */
const readSession = async (options: FollowOptions, reading: Reading): Promise<FollowEnd | undefined> => {
  for (;;) {
    const next = await reading.session.lines.next();
    if (next.done) return undefined;
    const line = next.value;
    if (line.kind === 'say') {
      if (line.word === 'dead') return { kind: 'dead' };
      if (line.word === 'gone') return { kind: 'gone' };
      continue;
    }
    if (line.entry.seq <= reading.seen) continue;
    reading.seen = line.entry.seq;
    reading.progress = advance(reading.progress, line.entry);
    options.onEvent({ kind: 'entry', runId: options.runId, entry: line.entry });
    if (line.entry.event === 'hold') decide(options, reading, line.entry.step);
    if (line.entry.event === 'answer') reading.deciding?.abort();
    const { settled } = reading.progress;
    if (settled !== undefined) return { kind: 'settled', word: settled };
  }
};

/** Does not wait: the journal is read on while facts are gathered for the decision. */
const decide = (options: FollowOptions, reading: Reading, hold: string): void => {
  if (options.decide === undefined || reading.decided.has(hold)) return;
  reading.deciding = new AbortController();
  const decided = options.decide(hold, reading.deciding.signal).catch((error: unknown): HostAnswer => {
    // Our bug: the host must not wait for its deadline because of it.
    reading.bug ??= error;
    return 'revert';
  });
  reading.decided.set(
    hold,
    decided.then(answer => {
      reading.answers.set(hold, answer);
      if (reading.progress.openHold === hold) reading.session.answer(hold, answer);
    }),
  );
};

const reconnect = async (options: FollowOptions, reading: Reading): Promise<string | undefined> => {
  let reason = 'the connection was lost';
  for (const delayMs of reconnectDelaysMs) {
    await delay(delayMs);
    try {
      reading.connection = await options.open(reading.connection);
      reading.session = await openHostSession(reading.connection, options.resume(reading.seen));
      return undefined;
    } catch (error) {
      if (!(error instanceof NodeprepError)) throw error;
      reason = error.message;
    }
  }
  return reason;
};
