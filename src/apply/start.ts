import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { OpenConnection } from './host-run.ts';
import { type HostSession, openHostSession } from './session.ts';

/** What the host said to a program that begins, goes on with, or adds to a run. */
export type Started =
  | { readonly kind: 'running'; readonly session: HostSession; readonly connection: Connection; readonly seen: number }
  | { readonly kind: 'placed' }
  /** Runs that were interrupted and nobody works on. */
  | { readonly kind: 'unfinished'; readonly runIds: readonly string[] }
  /** A live program of a run that nobody drives. */
  | { readonly kind: 'orphan'; readonly runId: string; readonly holder: string }
  | { readonly kind: 'gone' }
  /** What stands on the host is not what was agreed to. */
  | { readonly kind: 'stale' };

export interface StartOptions {
  readonly open: OpenConnection;
  /** The command that settles what is left: `nodeprep recover inventory.yaml --limit worker-1`. */
  readonly settle: string;
}

/** Starting is idempotent by run id, so a session that was cut before it said anything is simply started again. */
const attempts = 3;

export const startOnHost = async ({ open, settle }: StartOptions, program: string): Promise<Started> => {
  let connection = await open();
  for (let attempt = 1; ; attempt += 1) {
    const session = await openHostSession(connection, program);
    const started = await firstAnswer(session, connection, settle);
    if (started !== undefined) return started;
    const { code } = await session.raw.exit;
    if (code !== null || attempt === attempts) throw noAnswer(session, code);
    connection = await open(connection);
  }
};

const firstAnswer = async (
  session: HostSession,
  connection: Connection,
  settle: string,
): Promise<Started | undefined> => {
  let seen = 0;
  for (;;) {
    const next = await session.lines.next();
    if (next.done) return undefined;
    if (next.value.kind !== 'say') continue;
    const { word, rest } = next.value;
    if (word === 'from') seen = Number(rest) || 0;
    if (word === 'follow') return { kind: 'running', session, connection, seen };
    const answer = plainAnswer(word, rest, settle);
    if (answer === undefined) continue;
    session.close();
    return answer;
  }
};

/** Throws where the answer is a refusal. */
export const plainAnswer = (word: string, rest: string, settle: string): Started | undefined => {
  switch (word) {
    case 'placed':
      return { kind: 'placed' };
    case 'gone':
    case 'stale':
      return { kind: word };
    case 'unfinished':
      return { kind: 'unfinished', runIds: rest.split(' ').filter(id => id !== '') };
    case 'orphan': {
      const { runId, holder } = holderOf(rest);
      return { kind: 'orphan', runId, holder };
    }
    case 'held':
      throw lockHeld(rest, settle);
    case 'error':
      throw new NodeprepError('step-failed', escapeLine(rest));
    default:
      return undefined;
  }
};

const holderOf = (rest: string) => {
  const [runId = '', seconds = '', ...holder] = rest.split(' ');
  return { runId: escapeLine(runId, 100), seconds: Number(seconds) || 0, holder: escapeLine(holder.join(' '), 120) };
};

const lockHeld = (rest: string, settle: string): NodeprepError => {
  const { runId, seconds, holder } = holderOf(rest);
  return new NodeprepError(
    'lock-held',
    `run ${runId} by ${holder} has worked on this host for ${durationWords(seconds)}`,
    { hint: `Wait for it to end. If that machine is gone: ${settle}` },
  );
};

const noAnswer = (session: HostSession, code: number | null): NodeprepError =>
  code === null
    ? new NodeprepError('connect-failed', 'the connection was lost before the host program could be started')
    : new NodeprepError(
        'no-answer',
        `the host program said nothing (exit ${code}): ${escapeLine(session.raw.stderr(), 300)}`,
      );

const durationWords = (seconds: number): string =>
  seconds < 90
    ? `${seconds} s`
    : seconds < 5_400
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3_600)} h`;
