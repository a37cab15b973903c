import { mkdir, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

const RETRY_MS = 20;
/** The lock is held for one read and one write; a file this old belongs to a process that died. */
const STALE_MS = 5000;
const GIVE_UP_MS = 15_000;

/**
 * Appends one line to a file that other processes append to as well. `decide` runs under the lock and looks at the file as it is
 * then; undefined means that nothing is to be written.
 */
export const appendUnderLock = async (path: string, decide: () => Promise<string | undefined>): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lock = `${path}.nodeprep-lock`;
  await takeLock(lock);
  try {
    const line = await decide();
    if (line !== undefined) await appendLine(path, line);
  } finally {
    await unlink(lock).catch(() => undefined);
  }
};

const takeLock = async (lock: string): Promise<void> => {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      if (Date.now() > deadline) throw new Error(`${lock} is held by another process`, { cause: error });
    }
    if (await isStale(lock)) await unlink(lock).catch(() => undefined);
    else await new Promise(resolve => setTimeout(resolve, RETRY_MS));
  }
};

const isStale = async (lock: string): Promise<boolean> => {
  const found = await stat(lock).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
};

/** One write in append mode, so that a line of another writer is never cut in two. */
const appendLine = async (path: string, line: string): Promise<void> => {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    const startsLine = size === 0 || last.toString() === '\n';
    await file.write(`${startsLine ? '' : '\n'}${line}\n`);
  } finally {
    await file.close();
  }
};

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
