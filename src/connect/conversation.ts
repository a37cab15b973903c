import type { ExitStatus } from './connection.ts';
import type { Became, Marks, Way } from './elevation.ts';
import { type Found, findMark } from './find-mark.ts';
import type { ByteReader, HostProcess } from './host-process.ts';
import { listenToSudo } from './listen-to-sudo.ts';
import { isRefusal, isUsualLecture, mayTakeEndForPassword, takesEndForPassword } from './sudo-words.ts';

/** How far the host got before our program ran, or why it did not. */
export type Conversation =
  | {
      readonly kind: 'running';
      readonly became: Became;
      /** sudo did not need the password: the reader found it in its own input. */
      readonly passwordUnread: boolean;
      readonly sudoSaid: string;
    }
  /** The password is right, but sudo said something first that was not known to be harmless, so its input was closed. */
  | { readonly kind: 'proven' }
  | Failure;

export interface Failure {
  readonly kind: 'over' | 'late' | 'noisy';
  /** The script got as far as starting sudo. */
  readonly asked: boolean;
  readonly sudoSaid: string;
  /** The beginning of what came on either stream, for messages. */
  readonly noise: string;
  readonly exit: ExitStatus;
}

export interface ConversationOptions {
  readonly way: Way;
  readonly marks: Marks;
  readonly program: string;
  /** Given only for the way `ask`. */
  readonly password: string | undefined;
  /** sudo took this password on this host before, so what it says on the way is harmless. */
  readonly trusted: boolean;
  readonly timeoutMs: number;
}

/** Once its input is closed sudo only has to say why it gave up; PAM delays that by a few seconds. */
const LAST_WORDS_MS = 10_000;

/**
 * Talks to the reader of `elevation.ts` until our program runs. Without a password everything is sent at once. With one, only that
 * line is sent until the reader says that it runs; whatever else is said closes the input, so that sudo finds no second attempt,
 * or ends a sudo that would take just that for one.
 */
export const converse = async (
  process: HostProcess,
  stdout: ByteReader,
  options: ConversationOptions,
): Promise<Conversation> => {
  const { password, way, trusted } = options;
  const mark = options.marks.left + options.marks.right;
  const payload = `${options.marks.left}\n${options.program}\n`;
  const sudo = listenToSudo(process.stderr, mark);
  const timer = createTimer(options.timeoutMs);
  const noise: Buffer[] = [];
  let inputClosed = false;
  let terminated = false;
  const closeInput = (): void => {
    inputClosed = true;
    process.stdin.end();
  };
  if (password !== undefined)
    sudo.onWords(said => {
      const harmless = trusted ? !isRefusal(said) : isUsualLecture(said);
      if (harmless || inputClosed || terminated) return;
      terminated = takesEndForPassword(said);
      if (terminated) process.terminate();
      else if (!mayTakeEndForPassword(said)) closeInput();
    });
  const until = (word: string): Promise<Found | Late> =>
    Promise.race([findMark(stdout, `${mark} ${word} `, noise), timer.late]);
  const fail = async (kind: 'end' | 'noisy' | 'late'): Promise<Failure> => {
    const sudoMayTell = kind === 'late' && password !== undefined;
    if (sudoMayTell) closeInput();
    const lastWords = sudoMayTell ? Math.min(LAST_WORDS_MS, options.timeoutMs) : kind === 'end' ? LAST_WORDS_MS : 0;
    const exit = await Promise.race([process.exit, sleep(lastWords)]);
    process.close();
    return {
      kind: kind === 'end' ? 'over' : kind,
      asked: sudo.asked(),
      sudoSaid: sudo.said(),
      noise: Buffer.concat([...noise, Buffer.from(`\n${sudo.text()}`)]).toString(),
      exit: exit ?? { code: null, signal: null },
    };
  };

  try {
    process.stdin.write(password === undefined ? payload : `${password}\n`);
    const ready = await until('ready');
    if (ready.kind !== 'found') return await fail(ready.kind);
    if (inputClosed) {
      process.close();
      return { kind: 'proven' };
    }
    sudo.onWords(() => undefined);
    if (password !== undefined) process.stdin.write(payload);
    const go = await until('go');
    if (go.kind !== 'found') return await fail(go.kind);
    const became = becameOf(ready.word);
    if (way === 'best' && became === 'user') await Promise.race([sudo.refused, process.exit, timer.late]);
    return { kind: 'running', became, passwordUnread: go.word !== '0', sudoSaid: sudo.said() };
  } finally {
    timer.stop();
    sudo.stop();
  }
};

const becameOf = (word: string): Became => (word === 'login' || word === 'sudo' ? word : 'user');

interface Late {
  readonly kind: 'late';
}

const createTimer = (timeoutMs: number): { readonly late: Promise<Late>; stop(): void } => {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<Late>(resolve => {
    timeout = setTimeout(() => resolve({ kind: 'late' }), timeoutMs);
  });
  return { late, stop: () => clearTimeout(timeout) };
};

const sleep = (milliseconds: number): Promise<undefined> =>
  new Promise(resolve => void setTimeout(() => resolve(undefined), milliseconds).unref());
