import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ArchiveChange, Change } from '../changes/change.ts';
import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { OpenConnection } from './host-run.ts';
import { interruption } from './interruption.ts';
import type { HostPrograms, RunIdentity } from './programs.ts';
import { type HostSession, openHostSession } from './session.ts';

export interface PushOptions {
  readonly open: OpenConnection;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly signal: AbortSignal;
}

interface LocalArchive {
  readonly path: string;
  readonly sha256: string;
  readonly component: string;
}

/**
 * Archives that the inventory names as files, each to the host once, before the round that needs them is placed. What the host already
 * has of an attempt that was cut is not sent again.
 */
export const pushArchives = async (changes: readonly Change[], options: PushOptions): Promise<void> => {
  const files = new Map(changes.flatMap(change => (change.kind === 'archive' ? localArchive(change) : [])));
  for (const file of files.values()) await pushFile(file, options);
};

const localArchive = ({ component, source, sha256 }: ArchiveChange): readonly (readonly [string, LocalArchive])[] =>
  source.from === 'file' ? [[sha256, { path: source.path, sha256, component }]] : [];

/** A file that came in pieces over a lost connection is pushed again. */
const attempts = 3;

const pushFile = async (file: LocalArchive, options: PushOptions): Promise<void> => {
  const bytes = await checkLocally(file);
  let connection: Connection | undefined;
  for (let attempt = 1; ; attempt += 1) {
    connection = await options.open(connection);
    const program = options.programs.receive(options.identity, file.sha256, bytes);
    const session = await openHostSession(connection, program);
    if (await talk(session, file, options.signal)) return;
    if (attempt === attempts) {
      throw new NodeprepError('connect-failed', `the connection was lost while ${file.path} was sent to the host`);
    }
  }
};

/** Whether the host has the file; false where the connection was lost. */
const talk = async (session: HostSession, file: LocalArchive, signal: AbortSignal): Promise<boolean> => {
  try {
    for await (const line of session.lines) {
      if (line.kind !== 'say') continue;
      if (line.word === 'have' || line.word === 'received') return true;
      if (line.word === 'error') throw new NodeprepError('step-failed', escapeLine(line.rest));
      if (line.word === 'ready') await send(session, file.path, signal);
    }
    return false;
  } finally {
    session.close();
  }
};

const blockBytes = 262_144;

/** Block by block as the host takes them: what is in memory does not grow with the file. */
const send = async ({ raw }: HostSession, path: string, signal: AbortSignal): Promise<void> => {
  let over = false;
  const exit = raw.exit.then(() => {
    over = true;
  });
  for await (const block of createReadStream(path, { highWaterMark: blockBytes })) {
    if (signal.aborted) {
      const { code, reason } = interruption(signal);
      throw new NodeprepError(code, reason);
    }
    // The host says why.
    if (over) return;
    raw.write(block);
    await Promise.race([raw.drained(), exit]);
  }
  raw.endInput();
};

/** By path, size and time: one file often goes to many hosts. */
const sums = new Map<string, Promise<string>>();

/** A file that is not the one that the inventory means need not cross any connection. */
const checkLocally = async ({ path, sha256, component }: LocalArchive): Promise<number> => {
  try {
    const { size, mtimeMs } = await stat(path);
    const key = `${path} ${size} ${mtimeMs}`;
    const sum = sums.get(key) ?? sumOf(path);
    sums.set(key, sum);
    const found = await sum;
    if (found === sha256) return size;
    throw new NodeprepError('plan-refused', `${path} has sha256 ${found}, the inventory says ${sha256}`, {
      hint: `Correct runtime.archives.${component}, or put the right file there.`,
    });
  } catch (error) {
    if (error instanceof NodeprepError) throw error;
    throw new NodeprepError('plan-refused', `${path} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
};

const sumOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: blockBytes })) hash.update(block);
  return hash.digest('hex');
};
