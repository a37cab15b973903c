import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { SecretReference } from './schema.ts';

/** What a secret is for, in words for questions and errors: `the sudo password of ops`. */
export interface SecretPurpose {
  readonly what: string;
  /** Where the inventory says it: `sudo.password`. */
  readonly setting: string;
  readonly code: ErrorCode;
}

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks on the terminal without echo; undefined where there is no terminal. */
  readonly prompt: ((question: string) => Promise<string>) | undefined;
  readonly warn: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Each reference is followed once per run, however many hosts share it. A value never appears in an error. */
export type SecretResolver = (reference: SecretReference, purpose: SecretPurpose) => Promise<string>;

export const createSecretResolver = (sources: SecretSources): SecretResolver => {
  const values = new Map<string, Promise<string>>();
  return (reference, purpose) => {
    const key = secretKey(reference, purpose);
    const value = values.get(key) ?? follow(reference, purpose, sources);
    values.set(key, value);
    return value;
  };
};

/** Equal for references that give the same secret. Two questions are the same only if they ask for the same thing. */
export const secretKey = (reference: SecretReference, purpose: SecretPurpose): string =>
  JSON.stringify('prompt' in reference ? [reference, purpose.what] : [reference]);

const follow = async (reference: SecretReference, purpose: SecretPurpose, sources: SecretSources): Promise<string> => {
  if ('env' in reference) return fromEnv(reference.env, purpose, sources);
  if ('file' in reference) return oneLine(await fromFile(reference.file, purpose, sources), purpose);
  if ('command' in reference) return oneLine(await fromCommand(reference.command, purpose, sources), purpose);
  return oneLine(await fromPrompt(purpose, sources), purpose);
};

/** sudo and ssh take one line; anything else is a wrong file or a chatty command, and must not be sent to a host. */
const oneLine = (text: string, purpose: SecretPurpose): string => {
  const value = text.replace(/\r?\n$/, '');
  const hint = `It must be one line: give ${purpose.setting} another source, or mend what it names.`;
  if (value === '') return fail(purpose, 'it is empty', hint);
  return /[\r\n\0]/.test(value) ? fail(purpose, 'it has more than one line', hint) : value;
};

const fromEnv = (name: string, purpose: SecretPurpose, { env }: SecretSources): string => {
  const value = env[name];
  if (value !== undefined && value !== '') return oneLine(value, purpose);
  const reason = value === undefined ? `the environment variable ${name} is not set` : 'it is empty';
  return fail(purpose, reason, `export ${name}, or give ${purpose.setting} another source (file, command, prompt).`);
};

const maxBytes = 64 * 1024;

const fromFile = async (path: string, purpose: SecretPurpose, { warn }: SecretSources): Promise<string> => {
  const shown = escapeLine(path);
  try {
    await using file = await open(path, 'r');
    const stats = await file.stat();
    if (stats.isFile() && (stats.mode & 0o077) !== 0) warn(`${shown} can be read by others; chmod 600 ${shown}`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes));
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const hint = `Correct ${purpose.setting} in the inventory, or make the file readable for this user.`;
    return fail(purpose, `the file ${shown} cannot be read (${reason})`, hint);
  }
};

/** Time for a password manager to be unlocked by hand. */
const commandTimeoutMs = 60_000;

const fromCommand = (
  words: readonly string[],
  purpose: SecretPurpose,
  { env, signal }: SecretSources,
): Promise<string> => {
  const [program = '', ...args] = words;
  const options = { env, timeout: commandTimeoutMs, maxBuffer: maxBytes, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve, reject) => {
    // The other words and what the command printed may be secret: only its name is told.
    const child = execFile(program, args, options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else
        reject(
          failure(
            purpose,
            `the command ${escapeLine(program, 100)} ${commandReason(error)}`,
            'Run it by hand to see why.',
          ),
        );
    });
    child.stdin?.end();
  });
};

const commandReason = (error: { readonly code?: number | string | null; readonly killed?: boolean }): string => {
  if (error.code === 'ENOENT') return 'was not found';
  // Also where a directory of PATH may not be searched.
  if (error.code === 'EACCES') return 'was not found, or this user may not run it';
  if (typeof error.code === 'number') return `ended with exit code ${error.code}`;
  return error.killed === true ? 'did not end in time' : 'could not be run';
};

const fromPrompt = (purpose: SecretPurpose, { prompt }: SecretSources): Promise<string> =>
  prompt === undefined
    ? fail(purpose, 'there is no terminal to ask on', `Give ${purpose.setting} another source (env, file, command).`)
    : prompt(`${purpose.what}: `);

const failure = (purpose: SecretPurpose, reason: string, hint?: string): NodeprepError =>
  new NodeprepError(purpose.code, `${purpose.what} cannot be had: ${reason}`, hint === undefined ? {} : { hint });

const fail = (purpose: SecretPurpose, reason: string, hint?: string): never => {
  throw failure(purpose, reason, hint);
};
