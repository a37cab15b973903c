import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ArchiveChange, Change, ImageChange } from '../changes/change.ts';
import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import { openDownload, reasonOf } from './download.ts';
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

type Fetched = Pick<ArchiveChange | ImageChange, 'component' | 'sha256' | 'source'>;

/** Something that a host gets over its connection. */
export interface Parcel {
  readonly name: string;
  readonly sha256: string;
  open(): Promise<{ readonly bytes: number; readonly blocks: AsyncIterable<Uint8Array> }>;
}

/**
 * Archives that the inventory names as files, each to the host once, before the round that needs them is placed; and those that the
 * host has no program to fetch. What the host already has of an attempt that was cut is not sent again.
 */
export const pushArchives = async (changes: readonly Change[], options: PushOptions): Promise<void> => {
  const archives = new Map(
    changes.flatMap(change => (change.kind === 'archive' || change.kind === 'image' ? [[change.sha256, change]] : [])),
  );
  /** By scheme: an answer holds for every URL of it. */
  const answers = new Map<string, Promise<boolean>>();
  const fetches = (url: string): Promise<boolean> => {
    const scheme = new URL(url).protocol;
    const answer = answers.get(scheme) ?? hostFetches(url, options);
    answers.set(scheme, answer);
    return answer;
  };
  for (const archive of archives.values()) {
    const parcel = await parcelOf(archive, fetches);
    if (parcel !== undefined) await pushParcel(parcel, options);
  }
};

/** undefined: the host fetches it itself. */
const parcelOf = async (archive: Fetched, fetches: (url: string) => Promise<boolean>): Promise<Parcel | undefined> => {
  const { source, sha256 } = archive;
  if (source.from === 'file') {
    const bytes = await checkLocally(source.path, archive);
    const open = async () => ({ bytes, blocks: createReadStream(source.path, { highWaterMark: blockBytes }) });
    return { name: source.path, sha256, open };
  }
  if (await fetches(source.url)) return undefined;
  return { name: source.url, sha256, open: () => download(source.url) };
};

const hostFetches = async (url: string, { open, programs, identity }: PushOptions): Promise<boolean> => {
  const session = await openHostSession(await open(), programs.canFetch(identity, url));
  try {
    for await (const line of session.lines) {
      if (line.kind === 'say' && line.word === 'fetch') return line.rest !== 'no';
    }
    // A connection that was cut is told by what comes next.
    return true;
  } finally {
    session.close();
  }
};

/** Through this machine and on, without a copy of it here. The host checks the sum. */
const download = async (url: string): Promise<Awaited<ReturnType<Parcel['open']>>> => {
  const hint =
    'The host has no curl, wget or python3 to fetch it itself. Install one there, or give the archive as file.';
  try {
    const { ok, status, bytes, body } = await openDownload(url);
    if (ok && body !== null && bytes !== undefined) return { bytes, blocks: body };
    const message = ok ? 'the server does not say how large it is' : `the server answers ${status}`;
    throw new NodeprepError('step-failed', `${url} cannot be fetched from here: ${message}`, { hint });
  } catch (error) {
    if (error instanceof NodeprepError) throw error;
    throw new NodeprepError('step-failed', `${url} cannot be fetched from here: ${escapeLine(reasonOf(error))}`, {
      hint,
    });
  }
};

/** A file that did not come whole is pushed again. */
const attempts = 3;

export const pushParcel = async (parcel: Parcel, options: PushOptions): Promise<void> => {
  let connection: Connection | undefined;
  for (let attempt = 1; ; attempt += 1) {
    connection = await options.open(connection);
    const { bytes, blocks } = await parcel.open();
    const session = await openHostSession(connection, options.programs.receive(options.identity, parcel.sha256, bytes));
    const cut = await talk(session, { ...parcel, blocks }, options.signal);
    if (cut === undefined) return;
    if (attempt === attempts) {
      throw new NodeprepError('connect-failed', `${cut} when ${parcel.name} (${bytes} bytes) was sent to the host`);
    }
  }
};

type Sent = Pick<Parcel, 'name'> & { readonly blocks: AsyncIterable<Uint8Array> };

/** Why the host has not got all of it; undefined: it has. */
const talk = async (session: HostSession, sent: Sent, signal: AbortSignal): Promise<string | undefined> => {
  try {
    for await (const line of session.lines) {
      if (line.kind !== 'say') continue;
      if (line.word === 'have' || line.word === 'received') return undefined;
      if (line.word === 'cut') return `only ${escapeLine(line.rest, 20)} bytes came through`;
      if (line.word === 'error') throw new NodeprepError('step-failed', escapeLine(line.rest));
      if (line.word === 'ready') await send(session, sent, signal);
    }
    return 'the connection was lost';
  } finally {
    session.close();
  }
};

const blockBytes = 262_144;

/** Block by block as the host takes them: what is in memory does not grow with the file. */
const send = async ({ raw }: HostSession, sent: Sent, signal: AbortSignal): Promise<void> => {
  let over = false;
  const exit = raw.exit.then(() => {
    over = true;
  });
  for await (const block of readable(sent)) {
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

/** What ends before its time on this side of the connection would end so again. */
async function* readable({ name, blocks }: Sent): AsyncGenerator<Uint8Array> {
  try {
    yield* blocks;
  } catch (error) {
    throw new NodeprepError('step-failed', `${name} could not be read to its end: ${escapeLine(reasonOf(error))}`);
  }
}

/** By path, size and time: one file often goes to many hosts. */
const sums = new Map<string, Promise<string>>();

/** A file that is not the one that the inventory means need not cross any connection. */
const checkLocally = async (path: string, { sha256, component }: Fetched): Promise<number> => {
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

/** sha256 of a file of this machine. */
export const sumOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: blockBytes })) hash.update(block);
  return hash.digest('hex');
};
