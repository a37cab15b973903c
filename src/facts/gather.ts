import type { Access, Connection, Session } from '../connect/connection.ts';
import { createPatience, type Patience } from '../connect/patience.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { unknown } from '../core/observed.ts';
import { compileFacts } from './compile.ts';
import { type Answers, answersOf, contextOf, evaluateFacts } from './evaluate.ts';
import { answerLimits, endsAnswer, type Frame, parseFrames } from './frames.ts';
import { type FactId, factIds, type ObservedFacts } from './index.ts';
import { answersFromRecording } from './record.ts';
import { chooseFacts, type GatherableFactId } from './registry.ts';

/** What the hosts of a run are asked: compiled once, however many there are. */
export interface Question {
  readonly facts: ReturnType<typeof chooseFacts>;
  readonly program: string;
  readonly marker: string;
}

/** `marker`: 128 random bits in hex, new for every run. */
export const prepareQuestion = (ids: readonly GatherableFactId[], marker: string): Question => {
  const chosen = chooseFacts(ids);
  return { facts: chosen, ...compileFacts(chosen, marker) };
};

export interface GatherOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  readonly totalBytes?: number;
}

export interface Gathered {
  readonly facts: ObservedFacts;
  readonly access: Access;
  readonly answers: Answers;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Asks one host for facts: one program, one round trip (design 3.1). Facts that were not asked for are unknown. */
export const gather = async (connection: Connection, question: Question, options: GatherOptions): Promise<Gathered> => {
  const raw = connection.replay
    ? { ...connection.replay, answers: answersFromRecording(connection.replay.items) }
    : await ask(connection, question, options);
  const { access, answers, sentAt, receivedAt } = raw;
  const observed = evaluateFacts(question.facts, answers, contextOf(access, sentAt, receivedAt));
  return { facts: { ...nothingGathered(), ...observed }, access, answers, sentAt, receivedAt };
};

const ask = async (connection: Connection, question: Question, options: GatherOptions) => {
  const patience = createPatience();
  const signal = options.signal === undefined ? patience.signal : AbortSignal.any([options.signal, patience.signal]);
  try {
    return await listen(connection, question, options, { ...patience, signal });
  } finally {
    patience.stop();
  }
};

const listen = async (
  connection: Connection,
  { facts, program, marker }: Question,
  { now, totalBytes = answerLimits.totalBytes }: GatherOptions,
  patience: Patience,
) => {
  const sentAt = now();
  const session = await connection.start(program, { as: 'best', signal: patience.signal });
  const answer = await readAnswer(session, marker, totalBytes, patience);
  const receivedAt = now();
  const frames = await framesOf(answer, marker, session);
  session.close();
  return { access: session.access, answers: answersOf(frames, facts), sentAt, receivedAt };
};

/** Bytes until our last line, the end of the session, or the limit. */
const readAnswer = async (
  session: Session,
  marker: string,
  limit: number,
  { signal, heard }: Patience,
): Promise<Buffer> => {
  const stop = (): void => session.close();
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  try {
    let total = 0;
    let tail: Buffer = Buffer.alloc(0);
    for await (const chunk of session.stdout) {
      heard();
      chunks.push(chunk);
      total += chunk.length;
      if (total > limit) throw tooLarge(limit);
      tail = Buffer.concat([tail, chunk]);
      if (endsAnswer(tail, marker)) break;
      tail = tail.subarray(-128);
    }
    signal.throwIfAborted();
    return Buffer.concat(chunks);
  } catch (error) {
    session.close();
    throw signal.aborted ? interrupted(signal, Buffer.concat(chunks), marker) : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const tooLarge = (limit: number): NodeprepError =>
  new NodeprepError('answer-too-large', `the host sent more than ${Math.round(limit / 1024 / 1024)} MiB`, {
    hint: 'Look at what the login shell of this user prints: its start files may run a program that never ends.',
  });

const interrupted = ({ reason }: AbortSignal, answer: Buffer, marker: string): NodeprepError => {
  if (typeof reason !== 'string')
    return new NodeprepError('interrupted', 'interrupted while reading facts', { cause: reason });
  const parsed = parseFrames(answer, marker);
  const where = parsed.state === 'cut' && parsed.lastItem !== undefined ? `, in ${parsed.lastItem}` : '';
  return new NodeprepError('no-answer', `the host ${reason}${where}`, {
    hint: 'A file system that hangs (a dead network mount) is the usual cause: try `df` on the host.',
  });
};

const framesOf = async (answer: Buffer, marker: string, session: Session): Promise<ReadonlyMap<string, Frame>> => {
  const parsed = parseFrames(answer, marker);
  if (parsed.state === 'complete') return parsed.frames;
  const { code } = await session.exit;
  if (parsed.state === 'cut') {
    const where = parsed.lastItem === undefined ? 'at its beginning' : `in ${parsed.lastItem}`;
    throw code === null
      ? new NodeprepError('no-answer', `the session ended without an exit status; the answer is cut ${where}`)
      : new NodeprepError('answer-malformed', `the answer of the host is cut ${where} (exit status ${code})`);
  }
  const said = escapeLine(answer.toString('utf8').trim() || session.stderr().trim(), 200);
  if (code === null) throw new NodeprepError('no-answer', 'the host closed the session without an exit status');
  throw new NodeprepError(
    'no-shell',
    `the login shell did not run our program (exit status ${code}): ${said || 'no output'}`,
    {
      hint: 'The user needs a login shell that runs commands, and /bin/sh.',
    },
  );
};

const nothingGathered = (): ObservedFacts =>
  Object.fromEntries(factIds.map((id: FactId) => [id, unknown('not gathered')])) as unknown as ObservedFacts;
