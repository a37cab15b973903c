import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { identify, isAlive, type ProcessId } from '../processes.ts';
import { LabError, sleep } from '../run.ts';
import { accelArgs, accelerator } from './accelerator.ts';
import { sshAs } from './access.ts';
import { LOOPBACK, MEMORY_MB } from './settings.ts';

export interface Machine {
  /** Holds the disk, the console log and the control socket. */
  directory: string;
  disk: string;
  kernel: string;
  initrd: string;
  port: number;
  /** What the kernel is told besides. */
  commandLine: string;
  /** Memory of a running machine to go on from, instead of a boot. */
  resumeFrom?: string;
}

/** Starts QEMU, which outlives this process, and returns at once. */
export async function startMachine(machine: Machine): Promise<ProcessId> {
  rmSync(socketOf(machine.directory), { force: true });
  const log = openSync(join(machine.directory, 'qemu.log'), 'w');
  const child = spawn('qemu-system-x86_64', await qemuArgs(machine), {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id === undefined) throw new LabError('qemu-system-x86_64 could not be started');
  return id;
}

async function qemuArgs(machine: Machine): Promise<string[]> {
  return [
    ...accelArgs(await accelerator()),
    ...['-m', String(MEMORY_MB), '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-kernel', machine.kernel, '-initrd', machine.initrd],
    ...['-append', `root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet ${machine.commandLine}`.trim()],
    // The guest's flushes reach this machine's page cache and no further: that is what survives a killed QEMU.
    ...['-drive', `file=${machine.disk},if=virtio,format=qcow2,cache=unsafe`],
    ...['-netdev', `user,id=lan,hostfwd=tcp:${LOOPBACK}:${machine.port}-:22`],
    ...['-device', 'virtio-net-pci,netdev=lan', '-device', 'virtio-rng-pci'],
    ...['-serial', `file:${consoleOf(machine.directory)}`],
    ...['-qmp', `unix:${socketOf(machine.directory)},server=on,wait=off`],
    ...(machine.resumeFrom === undefined ? [] : ['-incoming', `exec:cat ${machine.resumeFrom}`]),
  ];
}

/** Waits until root can log in. */
export async function waitForLogin(machine: Machine, id: ProcessId, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while ((await sshAs('root', machine.port, 'true', { timeoutMs: 30_000 })).code !== 0) {
    if (!isAlive(id)) throw new LabError(`the machine went off:\n${lastWords(machine.directory)}`);
    if (Date.now() > deadline) throw new LabError(`the machine does not answer:\n${lastWords(machine.directory)}`);
    await sleep(250);
  }
}

export function socketOf(directory: string): string {
  return join(directory, 'qmp.sock');
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function consoleOf(directory: string): string {
  return join(directory, 'console.log');
}

export function lastWords(directory: string): string {
  return [join(directory, 'qemu.log'), consoleOf(directory)]
    .map(file => {
      try {
        return readFileSync(file, 'utf8').slice(-2000);
      } catch {
        return '';
      }
    })
    .join('\n');
}
