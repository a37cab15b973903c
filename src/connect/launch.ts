import { randomBytes } from 'node:crypto';
import { NodeprepError } from '../core/errors.ts';
import type { Connection, Session, StartOptions } from './connection.ts';
import { type Conversation, converse } from './conversation.ts';
import { elevationArguments, type Marks, type Way } from './elevation.ts';
import type { SecretSource } from './endpoint.ts';
import { createByteReader, createTail, type HostProcess } from './host-process.ts';
import type { Outcome, SecretGate } from './secret-gate.ts';
import { type Opened, sessionOf } from './session.ts';
import { explainFailure, interrupted, lostError, type Place, refusalError } from './start-errors.ts';

/** Where programs run: over SSH or on this machine. */
export interface Target extends Place {
  readonly gate: SecretGate;
  spawn(argv: readonly string[], signal: AbortSignal | undefined): Promise<HostProcess>;
}

const STDERR_LIMIT_BYTES = 64 * 1024;

type Running = Extract<Conversation, { kind: 'running' }>;
type Signal = AbortSignal | undefined;

/** Gives the `start` of a connection. What one start learns of the host (how to root, or why not) serves the next. */
export const createStart = (target: Target): Connection['start'] => {
  let passwordNeedless = target.sudoPassword === undefined;
  let passwordProven = false;
  /** Asking sudo again would only write to its log, or mail the administrator, once more. */
  let refusal: NodeprepError | undefined;

  const begin = async (
    way: Way,
    program: string,
    signal: Signal,
    password?: string,
  ): Promise<Opened & { readonly conversation: Conversation }> => {
    const marks: Marks = { left: randomBytes(8).toString('hex'), right: randomBytes(8).toString('hex') };
    const process = await target.spawn(elevationArguments(way, marks), signal);
    const stop = (): void => process.close();
    signal?.addEventListener('abort', stop);
    void process.exit.then(() => signal?.removeEventListener('abort', stop));
    process.stdin.on('error', () => undefined);
    const stderr = createTail(process.stderr, STDERR_LIMIT_BYTES);
    const stdout = createByteReader(process.stdout);
    const options = { way, marks, program, password, trusted: passwordProven, timeoutMs: target.startTimeoutMs };
    const conversation = await converse(process, stdout, options);
    if (signal?.aborted) {
      process.close();
      throw interrupted(target.host);
    }
    return { process, stdout, stderr, marks, conversation };
  };

  const runningOf = (conversation: Conversation): Running => {
    if (conversation.kind === 'running') return conversation;
    if (conversation.kind !== 'proven') throw explainFailure(target, conversation);
    throw new NodeprepError('sudo-password', `sudo on ${target.host} takes the same password only sometimes.`, {
      hint: 'Try by hand: sudo -S -p "" true',
    });
  };

  const withoutPassword = async (program: string, as: 'root' | 'best', signal: Signal): Promise<Session> => {
    const opened = await begin(as, program, signal);
    const { became, sudoSaid } = runningOf(opened.conversation);
    if (became !== 'user') return sessionOf(opened, { root: true, via: became });
    refusal = refusalError(sudoSaid, target.user, undefined);
    return sessionOf(opened, { root: false, reason: refusal.message });
  };

  const asUser = async (program: string, reason: string, signal: Signal): Promise<Session> => {
    const opened = await begin('plain', program, signal);
    const { became } = runningOf(opened.conversation);
    return sessionOf(opened, became === 'user' ? { root: false, reason } : { root: true, via: became });
  };

  /** Root without the password where the host allows it; undefined where sudo wants one. */
  const probe = async (program: string, signal: Signal): Promise<Session | undefined> => {
    try {
      const session = await withoutPassword(program, 'root', signal);
      passwordNeedless = true;
      return session;
    } catch (error) {
      if (hasCode(error, 'sudo-password')) return undefined;
      throw error;
    }
  };

  const ask = async (program: string, password: string, signal: Signal): Promise<Session> => {
    let opened = await begin('ask', program, signal, password);
    if (opened.conversation.kind === 'proven') {
      passwordProven = true;
      opened = await begin('ask', program, signal, password);
    }
    const { became, passwordUnread } = runningOf(opened.conversation);
    passwordNeedless = passwordUnread;
    passwordProven ||= !passwordUnread;
    return sessionOf(opened, { root: true, via: became === 'login' ? 'login' : 'sudo' });
  };

  const withPassword = async (program: string, secret: SecretSource, signal: Signal): Promise<Session> => {
    const { gate, host } = target;
    let turn = await gate.enter(secret.id, host, { probed: false, signal });
    if (turn === 'probe') {
      const session = await probe(program, signal);
      if (session !== undefined) return session;
      turn = await gate.enter(secret.id, host, { probed: true, signal });
    }
    let outcome = 'open' as Outcome;
    try {
      const password = checkPassword(await secret.read(), secret.id, host);
      const session = await ask(program, password, signal).catch(error => {
        if (hasCode(error, 'sudo-password')) outcome = 'refused';
        throw error;
      });
      outcome = passwordNeedless ? 'needless' : 'proven';
      return session;
    } finally {
      if (turn === 'prove' || outcome === 'refused') gate.settle(secret.id, host, outcome);
    }
  };

  return async (program: string, { as, signal }: StartOptions) => {
    const lost = target.lost();
    if (lost !== undefined) throw lostError(target.host, lost);
    if (signal?.aborted) throw interrupted(target.host);
    if (refusal !== undefined && as === 'best') return asUser(program, refusal.message, signal);
    if (refusal !== undefined) throw refusal;
    const secret = target.sudoPassword;
    if (secret === undefined || passwordNeedless) return withoutPassword(program, as, signal);
    try {
      return await withPassword(program, secret, signal);
    } catch (error) {
      // A given password that is wrong is the operator's to correct. Any other refusal still leaves what needs no root.
      if (!hasCode(error, 'sudo-refused') || as === 'root') throw error;
      refusal = error;
      return asUser(program, refusal.message, signal);
    }
  };
};

const hasCode = (error: unknown, code: string): error is NodeprepError =>
  error instanceof NodeprepError && error.code === code;

const checkPassword = (password: string, id: string, host: string): string => {
  if (password !== '' && !/[\r\n\0]/.test(password)) return password;
  const wrong = password === '' ? 'is empty' : 'holds a line break';
  throw new NodeprepError('sudo-password', `the sudo password from ${id} ${wrong}; it was not tried on ${host}.`, {
    hint: `Correct ${id}.`,
  });
};
