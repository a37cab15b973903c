import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signal, waitGone } from '../processes.ts';
import { LabError, sleep } from '../run.ts';
import { rootShell } from './access.ts';
import { freePort, type Machine, socketOf, startMachine, waitForLogin } from './machine.ts';
import { openQmp } from './qmp.ts';
import { COMMAND_LINE } from './settings.ts';

const BOOT_TIMEOUT_MS = 400_000;
const SAVE_TIMEOUT_MS = 120_000;
// Of a node with SELinux: mke2fs gives a file of two names no label.
const RELABEL = 'if [ -e /sys/fs/selinux/enforce ]; then restorecon -R /usr /etc /var; fi';

/**
 * Boots the image's disk once and keeps the running machine's memory beside it. A file of its own rather than QEMU's
 * `savevm`: nodes then share one read-only disk and one memory file instead of copying both.
 */
export async function makeSnapshot(directory: string): Promise<void> {
  const machine = imageMachine(directory, await freePort());
  const id = await startMachine(machine);
  try {
    await waitForLogin(machine, id, BOOT_TIMEOUT_MS);
    // The shell's own exit code is of no use here: a system that is `degraded` has booted too.
    await rootShell(machine.port, `systemctl is-system-running --wait; udevadm settle; ${RELABEL}; sync`, {
      timeoutMs: BOOT_TIMEOUT_MS,
    });
    await saveMemory(machine, join(directory, 'memory'));
    if (!(await waitGone(id, 30_000))) throw new LabError('QEMU did not end after its snapshot');
  } finally {
    signal(id, 'SIGKILL');
  }
}

export function imageMachine(image: string, port: number): Machine {
  const file = (name: string): string => join(image, name);
  const commandLine = existsSync(file(COMMAND_LINE)) ? readFileSync(file(COMMAND_LINE), 'utf8') : '';
  const boot = { kernel: file('vmlinuz'), initrd: file('initrd.img'), commandLine };
  return { directory: image, disk: file('disk.qcow2'), ...boot, port };
}

async function saveMemory(machine: Machine, file: string): Promise<void> {
  const qmp = await openQmp(socketOf(machine.directory));
  try {
    await qmp.command('migrate-set-parameters', { 'max-bandwidth': 10 ** 10 });
    await qmp.command('migrate', { uri: `exec:cat >${file}` });
    const deadline = Date.now() + SAVE_TIMEOUT_MS;
    for (;;) {
      const { status } = (await qmp.command('query-migrate')) as { status: string };
      if (status === 'completed') break;
      if (status === 'failed' || Date.now() > deadline) throw new LabError(`snapshot: ${status}`);
      await sleep(100);
    }
    await qmp.command('quit');
  } finally {
    qmp.close();
  }
}
