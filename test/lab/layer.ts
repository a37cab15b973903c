import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { must } from './run.ts';

/** Runs a command in a root made of `lower` (top first) and keeps what it changed as a layer of its own. */
export async function makeLayer(lower: readonly string[], layer: string, command: string): Promise<void> {
  const part = `${layer}.part`;
  const clear = (): void => {
    for (const end of ['', '.work', '.merged']) rmSync(`${part}${end}`, { recursive: true, force: true });
  };
  clear();
  for (const end of ['', '.work', '.merged']) mkdirSync(`${part}${end}`, { recursive: true });
  const script = `mount -t overlay overlay -o lowerdir=${lower.join(':')},upperdir=${part},workdir=${part}.work ${part}.merged
    mount -t proc proc ${part}.merged/proc
    exec chroot ${part}.merged sh -euc '${command}'`;
  try {
    // An own mount namespace: the mounts are gone with it, also when we are killed.
    await must('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', script], {
      env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    });
    renameSync(part, layer);
  } finally {
    clear();
  }
}
