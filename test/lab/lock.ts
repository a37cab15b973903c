import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './run.ts';
import { LAB_DIR } from './settings.ts';

/**
 * Runs `work` while this process holds the named lock.
 * flock(1) holds it and waits on our pipe: if we die, the kernel releases it, so a lock is never stale.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(name);
  try {
    return await work();
  } finally {
    await release();
  }
}

function acquire(name: string): Promise<() => Promise<void>> {
  const directory = join(LAB_DIR, 'locks');
  mkdirSync(directory, { recursive: true });
  const holder = spawn('flock', ['--exclusive', join(directory, name), 'sh', '-c', 'echo held; cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>(resolve => holder.on('close', () => resolve()));
  return new Promise((resolve, reject) => {
    holder.on('error', reject);
    holder.on('close', code => reject(new LabError(`lock ${name}: flock ended with ${code}`)));
    holder.stdout.once('data', () => {
      resolve(() => {
        holder.stdin.end();
        return gone;
      });
    });
  });
}
