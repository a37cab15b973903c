import { randomBytes } from 'node:crypto';
import { NodeprepError } from '../core/errors.ts';
import type { Access, Connection, Session, StartOptions } from './connection.ts';
import { type Conversation, converse, type Failure } from './conversation.ts';
import { elevationArguments, type Marks, type Way } from './elevation.ts';
import type { SecretSource } from './endpoint.ts';
import { type ByteReader, createByteReader, createTail, type HostProcess, type Tail } from './host-process.ts';
import type { Outcome, SecretGate } from './secret-gate.ts';
import { explainShell } from './shell-words.ts';
import { explainSudo } from './sudo-words.ts';

/** Where programs run: over SSH or on this machine. */
export interface Target {
  readonly host: string;
  readonly user: string;
  readonly sudoPassword: SecretSource | undefined;
  readonly gate: SecretGate;
  /** From the start of the exec to the moment our program runs: login shell, sudo and what PAM asks of LDAP or DNS. */
  readonly startTimeoutMs: number;
  spawn(argv: readonly string[], signal: AbortSignal | undefined): Promise<HostProcess>;
  /** Why the connection is gone; undefined while it stands. */
  lost(): string | undefined;
}

const STDERR_LIMIT_BYTES = 64 * 1024;

type Running = Extract<Conversation, { kind: 'running' }>;

interface Started {
  readonly process: HostProcess;
  readonly stdout: ByteReader;
  readonly stderr: Tail;
  readonly marks: Marks;
  readonly conversation: Conversation;
}

/** Gives the `start` of a connection. What one start learns of the host (root already, no password needed) serves the next. */
export const createStart = (target: Target): Connection['start'] => {
  let passwordNeedless = target.sudoPassword === undefined;
  let passwordProven = false;

  const begin = async (
    way: Way,
    program: string,
    password: string | undefined,
    signal?: AbortSignal,
  ): Promise<Started> => {
    signal?.throwIfAborted();
    const marks: Marks = { left: randomBytes(8).toString('hex'), right: randomBytes(8).toString('hex') };
    const process = await target.spawn(elevationArguments(way, marks), signal);
    const stop = (): void => process.close();
    signal?.addEventListener('abort', stop);
    void process.exit.then(() => signal?.removeEventListener('abort', stop));
    process.stdin.on('error', () => undefined);
    const stderr = createTail(process.stderr, STDERR_LIMIT_BYTES);
    const stdout = createByteReader(process.stdout);
    const conversation = await converse(process, stdout, {
      way,
      marks,
      program,
      password,
      trusted: passwordProven,
      timeoutMs: target.startTimeoutMs,
    });
    if (signal?.aborted) {
      process.close();
      throw interrupted(target.host);
    }
    return { process, stdout, stderr, marks, conversation };
  };

  const withoutPassword = async (program: string, { as, signal }: StartOptions): Promise<Session> => {
    const started = await begin(as, program, undefined, signal);
    const { conversation } = started;
    if (conversation.kind === 'running') return sessionOf(started, accessOf(conversation, target));
    throw explainFailure(target, conversation);
  };

  /** Root without the password where the host allows it; undefined where sudo wants one. */
  const probe = async (program: string, signal: AbortSignal | undefined): Promise<Session | undefined> => {
    const started = await begin('root', program, undefined, signal);
    const { conversation } = started;
    if (conversation.kind === 'running') {
      passwordNeedless = true;
      return sessionOf(started, accessOf(conversation, target));
    }
    const error = explainFailure(target, conversation);
    if (error.code === 'sudo-password') return undefined;
    throw error;
  };

  const ask = async (program: string, secret: SecretSource, options: StartOptions): Promise<Session> => {
    const password = await readPassword(secret, target.host);
    let started = await begin('ask', program, password, options.signal);
    if (started.conversation.kind === 'proven') {
      passwordProven = true;
      started = await begin('ask', program, password, options.signal);
    }
    const { conversation } = started;
    if (conversation.kind !== 'running') throw explainFailure(target, conversation);
    passwordNeedless = conversation.passwordUnread;
    passwordProven ||= !conversation.passwordUnread;
    return sessionOf(started, accessOf(conversation, target));
  };

  const withPassword = async (program: string, secret: SecretSource, options: StartOptions): Promise<Session> => {
    const { signal } = options;
    let turn = await target.gate.enter(secret.id, target.host, { probed: false, signal });
    if (turn === 'probe') {
      const session = await probe(program, signal);
      if (session !== undefined) return session;
      turn = await target.gate.enter(secret.id, target.host, { probed: true, signal });
    }
    let outcome: Outcome = 'open';
    try {
      const session = await ask(program, secret, options);
      outcome = passwordNeedless ? 'needless' : 'proven';
      return session;
    } catch (error) {
      if (isPasswordRefusal(error)) outcome = 'refused';
      throw error;
    } finally {
      if (turn === 'prove' || outcome === 'refused') target.gate.settle(secret.id, target.host, outcome);
    }
  };

  return async (program, options) => {
    const lost = target.lost();
    if (lost !== undefined) throw lostError(target, lost);
    const secret = target.sudoPassword;
    if (secret === undefined || passwordNeedless) return withoutPassword(program, options);
    try {
      return await withPassword(program, secret, options);
    } catch (error) {
      const fallsBack = options.as === 'best' && error instanceof NodeprepError && error.code === 'sudo-refused';
      if (!fallsBack) throw error;
      const started = await begin('plain', program, undefined, options.signal);
      if (started.conversation.kind !== 'running') throw explainFailure(target, started.conversation);
      return sessionOf(started, { root: false, reason: error.message });
    }
  };
};

const isPasswordRefusal = (error: unknown): boolean => error instanceof NodeprepError && error.code === 'sudo-password';

const readPassword = async (secret: SecretSource, host: string): Promise<string> => {
  const password = await secret.read();
  if (password !== '' && !/[\r\n\0]/.test(password)) return password;
  const wrong = password === '' ? 'is empty' : 'holds a line break';
  throw new NodeprepError(
    'sudo-password',
    `the sudo password from ${secret.id} ${wrong}; it was not tried on ${host}.`,
    {
      hint: `Correct ${secret.id}.`,
    },
  );
};

const accessOf = (conversation: Running, target: Target): Access => {
  if (conversation.became !== 'user') return { root: true, via: conversation.became };
  return { root: false, reason: explainSudo(conversation.sudoSaid, target.user, undefined).reason };
};

const interrupted = (host: string): NodeprepError => new NodeprepError('interrupted', `${host}: interrupted.`);

const lostError = (target: Target, reason: string): NodeprepError =>
  new NodeprepError('connect-failed', `the connection to ${target.host} was lost: ${reason}`, {
    hint: 'Look at the network and at sshd on the host, then run again.',
  });

const explainFailure = (target: Target, failure: Conversation): NodeprepError => {
  if (failure.kind === 'running' || failure.kind === 'proven')
    return new NodeprepError('sudo-password', `sudo on ${target.host} takes the password only sometimes.`);
  const lost = target.lost();
  if (lost !== undefined) return lostError(target, lost);
  if (!failure.asked || (failure.kind === 'over' && failure.exit.code === null)) return explainShell(target, failure);
  return sudoError(target, failure);
};

const sudoError = (target: Target, failure: Failure): NodeprepError => {
  const { code, reason, hint } = explainSudo(failure.sudoSaid, target.user, target.sudoPassword?.id);
  return new NodeprepError(code, reason, { hint });
};

const sessionOf = (started: Started, access: Access): Session => {
  const { process, stdout, stderr, marks } = started;
  const mark = marks.left + marks.right;
  return {
    access,
    stdout: bytesOf(stdout, process),
    stderr: () => afterLastLine(stderr.text(), mark),
    write: bytes => void process.stdin.write(bytes),
    endInput: () => void process.stdin.end(),
    exit: process.exit,
    close: () => process.close(),
  };
};

async function* bytesOf(reader: ByteReader, process: HostProcess): AsyncGenerator<Buffer> {
  let complete = false;
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) yield chunk;
    complete = true;
  } finally {
    if (!complete) process.close();
  }
}

const afterLastLine = (text: string, mark: string): string => {
  const at = text.lastIndexOf(mark);
  return at < 0 ? text : text.slice(text.indexOf('\n', at) + 1);
};
