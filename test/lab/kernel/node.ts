import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFront } from '../front.ts';
import { withLock } from '../lock.ts';
import type { LabNode } from '../node.ts';
import { identify, isAlive, signal, waitGone } from '../processes.ts';
import { LabError, must, type RunOptions, sleep } from '../run.ts';
import { IDENTITY_FILE, type Suite } from '../settings.ts';
import { rootShell, sshAs } from './access.ts';
import { ensureImage, type ImageOptions } from './image.ts';
import { freePort, lastWords, type Machine, startMachine, waitForLogin } from './machine.ts';
import {
  type KernelRecord,
  kernelNodeDirectory,
  listKernelRecords,
  loadKernelRecord,
  saveKernelRecord,
} from './record.ts';
import { LOOPBACK } from './settings.ts';
import { imageMachine } from './snapshot.ts';

export interface KernelBootOptions extends ImageOptions {
  suite: Suite;
  /** Unique among kernel nodes; made up when left out. */
  name?: string;
  /** The node stays when this process ends (default: it is removed by the next user of the lab). */
  keep?: boolean;
}

/** A host with its own kernel. `exec` and `sh` are root's logins over ssh; `start` after `stop` or `kill` is a full boot. */
export interface KernelNode extends LabNode {
  /** Returns once root can log in to the next boot. */
  reboot(): Promise<void>;
}

// A boot takes a minute under TCG when nothing else runs.
const BOOT_TIMEOUT_MS = 400_000;
const SHUTDOWN_TIMEOUT_MS = 180_000;

/** Gives a fresh node that goes on from the image's snapshot: seconds, not a boot. */
export async function bootKernelNode(options: KernelBootOptions): Promise<KernelNode> {
  await removeKernelOrphans();
  const image = await ensureImage(options);
  const record = await createRecord(options, image);
  const node = kernelNode(record);
  try {
    const disk = join(kernelNodeDirectory(record.name), 'disk.qcow2');
    await must('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', join(image, 'disk.qcow2'), disk]);
    await powerOn(record, join(image, 'memory'));
    await node.sh(identityScript(record.name));
    return node;
  } catch (error) {
    await node.remove();
    throw error;
  }
}

export function findKernelNode(name: string): KernelNode | undefined {
  const record = loadKernelRecord(name);
  return record && kernelNode(record);
}

export function listKernelNodes(): KernelNode[] {
  return listKernelRecords().map(kernelNode);
}

/** Nodes of test processes that ended without removing them. */
export async function removeKernelOrphans(): Promise<void> {
  const orphans = listKernelRecords().filter(record => record.owner && !isAlive(record.owner));
  for (const { name } of orphans) await findKernelNode(name)?.remove();
}

function createRecord(options: KernelBootOptions, image: string): Promise<KernelRecord> {
  const name = options.name ?? `${options.suite}-kernel-${randomBytes(3).toString('hex')}`;
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw new LabError(`${name}: names are a-z, 0-9 and -, at most 31`);
  return withLock('nodes', async () => {
    if (existsSync(kernelNodeDirectory(name))) throw new LabError(`a kernel node ${name} exists already`);
    const owner = options.keep ? undefined : identify(process.pid);
    const record: KernelRecord = { name, suite: options.suite, image, port: await freePort(), ...(owner && { owner }) };
    saveKernelRecord(record);
    return record;
  });
}

// The snapshot's clock stands at the time it was taken.
function identityScript(name: string): string {
  return `date -s @${Math.ceil(Date.now() / 1000)} >/dev/null
hostname ${name}
echo ${name} >/etc/hostname
printf '127.0.0.1 localhost\\n127.0.1.1 ${name}\\n' >/etc/hosts`;
}

function kernelNode(record: KernelRecord): KernelNode {
  const { name, suite, port } = record;
  const now = (): KernelRecord => loadKernelRecord(name) ?? record;
  return {
    name,
    hostname: name,
    suite,
    cgroup: 'v2',
    address: LOOPBACK,
    port,
    user: 'ops',
    identityFile: IDENTITY_FILE,
    exec: (command, options) => rootShell(port, command, options),
    sh: (command, options) => shell(record, command, options),
    ssh: (command, { user = 'ops', ...options } = {}) => sshAs(user, port, command, options),
    isOn: () => isOn(now()),
    stop: () => powerOff(now()),
    kill: () => powerLoss(now()),
    start: () => powerOn(now()),
    reboot: () => reboot(now()),
    remove: async () => {
      await powerLoss(now());
      rmSync(kernelNodeDirectory(name), { recursive: true, force: true });
    },
  };
}

async function shell(record: KernelRecord, command: string, options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await rootShell(record.port, command, options);
  if (code !== 0) throw new LabError(`${record.name}: ${command}\nexit ${code}: ${stdout}${stderr}${obituary(record)}`);
  return stdout.replace(/\n$/, '');
}

function obituary({ name }: KernelRecord): string {
  const record = loadKernelRecord(name);
  if (record !== undefined && isOn(record)) return '';
  return `\nQEMU has ended:\n${lastWords(kernelNodeDirectory(name))}`;
}

function isOn(record: KernelRecord): boolean {
  return record.process !== undefined && isAlive(record.process);
}

async function powerOn(record: KernelRecord, resumeFrom?: string): Promise<void> {
  if (isOn(record)) throw new LabError(`${record.name} is on already`);
  await ensureFront();
  const machine = machineOf(record);
  const id = await startMachine(resumeFrom === undefined ? machine : { ...machine, resumeFrom });
  saveKernelRecord({ ...record, process: id });
  await waitForLogin(machine, id, BOOT_TIMEOUT_MS);
}

function machineOf(record: KernelRecord): Machine {
  const directory = kernelNodeDirectory(record.name);
  return { ...imageMachine(record.image, record.port), directory, disk: join(directory, 'disk.qcow2') };
}

async function powerLoss(record: KernelRecord): Promise<void> {
  if (record.process === undefined) return;
  signal(record.process, 'SIGKILL');
  if (!(await waitGone(record.process, 20_000))) throw new LabError(`QEMU of ${record.name} does not end`);
}

async function powerOff(record: KernelRecord): Promise<void> {
  if (record.process === undefined || !isOn(record)) return;
  await rootShell(record.port, 'systemctl poweroff', { timeoutMs: 60_000 });
  if (!(await waitGone(record.process, SHUTDOWN_TIMEOUT_MS))) throw new LabError(`${record.name} does not shut down`);
}

async function reboot(record: KernelRecord): Promise<void> {
  if (record.process === undefined) throw new LabError(`${record.name} is off`);
  const boot = await shell(record, 'cat /proc/sys/kernel/random/boot_id');
  await rootShell(record.port, 'systemctl reboot', { timeoutMs: 60_000 });
  const deadline = Date.now() + SHUTDOWN_TIMEOUT_MS;
  while (
    (await rootShell(record.port, 'cat /proc/sys/kernel/random/boot_id', { timeoutMs: 30_000 })).stdout === `${boot}\n`
  ) {
    if (Date.now() > deadline) throw new LabError(`${record.name} does not go down`);
    await sleep(500);
  }
  await waitForLogin(machineOf(record), record.process, BOOT_TIMEOUT_MS);
}
