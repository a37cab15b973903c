import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { appendUnderLock } from '../../src/connect/append-under-lock.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) {
    chmodSync(directory, 0o700);
    rmSync(directory, { recursive: true, force: true });
  }
});
const directory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'nodeprep-append-'));
  directories.push(path);
  return path;
};

describe('appendUnderLock', () => {
  it('makes the file and its directory for the user alone', async () => {
    const path = join(directory(), '.ssh', 'known_hosts');
    await appendUnderLock(path, async () => 'line');
    expect(readFileSync(path, 'utf8')).toBe('line\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('ends an unfinished last line', async () => {
    const path = join(directory(), 'known_hosts');
    writeFileSync(path, 'first');
    await appendUnderLock(path, async () => 'second');
    expect(readFileSync(path, 'utf8')).toBe('first\nsecond\n');
  });

  it('lets one decide at a time', async () => {
    const path = join(directory(), 'known_hosts');
    const decide = async (): Promise<string | undefined> => {
      const empty = (await import('node:fs')).existsSync(path) === false;
      await new Promise(resolve => setTimeout(resolve, 5));
      return empty ? 'once' : undefined;
    };
    await Promise.all(Array.from({ length: 10 }, () => appendUnderLock(path, decide)));
    expect(readFileSync(path, 'utf8')).toBe('once\n');
  });

  it('takes the lock of a process that died', async () => {
    const path = join(directory(), 'known_hosts');
    const lock = `${path}.nodeprep-lock`;
    writeFileSync(lock, '');
    utimesSync(lock, new Date(0), new Date(0));
    await appendUnderLock(path, async () => 'line');
    expect(readFileSync(path, 'utf8')).toBe('line\n');
    expect(() => statSync(lock)).toThrow('ENOENT');
  });

  it('gives the lock back when deciding fails', async () => {
    const path = join(directory(), 'known_hosts');
    await expect(
      appendUnderLock(path, async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await appendUnderLock(path, async () => 'line');
    expect(readFileSync(path, 'utf8')).toBe('line\n');
  });
});
