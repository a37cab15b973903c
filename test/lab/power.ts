import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { killCgroup, makeCgroups, removeCgroups } from './cgroups.ts';
import { ensureFront } from './front.ts';
import { childrenOf, identify, isAlive, type ProcessId, signal, waitGone } from './processes.ts';
import { type NodeRecord, nodeDirectory, saveRecord } from './record.ts';
import { LabError, run } from './run.ts';
import { BRIDGE } from './settings.ts';

// A container runtime's overlayfs cannot lie on the node's overlayfs: these are plain directories of this machine.
const REAL_DIRECTORIES = ['containerd', 'docker', 'containers'];

/** Enough for a hundred nodes; they cost memory only when used. */
const INOTIFY_INSTANCES = 1024;

/** Starts the node's init in its own mount, pid, network and cgroup surroundings; returns at once. */
export async function powerOn(record: NodeRecord): Promise<void> {
  await ensureFront();
  allowInotify();
  if (isOn(record)) throw new LabError(`${record.name} is on already`);
  // This machine may remember the address with the network card of a node that had it before.
  await run('ip', ['neighbour', 'flush', 'to', record.address, 'dev', BRIDGE]);
  const directory = nodeDirectory(record.name);
  for (const name of ['upper', 'work', 'root', ...REAL_DIRECTORIES.map(d => `real/${d}`)]) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  // A node that was on when this machine went down left its cgroups' names, not their processes.
  const cgroups = makeCgroups(record.name);
  const log = openSync(join(directory, 'console.log'), 'a');
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', launchScript(record, cgroups)], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: record.cgroup === 'v2' ? '1' : '0',
    },
  });
  closeSync(log);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id === undefined) throw new LabError(`${record.name}: systemd-nspawn could not be started`);
  record.process = id;
  saveRecord(record);
}

/**
 * A node takes seven of the machine's inotify instances, of which there are 128 by default. The first thing to fail for want of
 * one is quiet: containerd starts, without its CRI plugin.
 */
function allowInotify(): void {
  const setting = '/proc/sys/fs/inotify/max_user_instances';
  if (Number(readFileSync(setting, 'utf8')) < INOTIFY_INSTANCES) writeFileSync(setting, `${INOTIFY_INSTANCES}\n`);
}

// The overlay is mounted in a mount namespace that ends with the node: a killed node leaves no mount behind.
function launchScript(record: NodeRecord, cgroups: string[]): string {
  const directory = nodeDirectory(record.name);
  const options = `lowerdir=${record.layers.join(':')},upperdir=${directory}/upper,workdir=${directory}/work`;
  const enter = cgroups.map(cgroup => `echo $$ >${cgroup}/cgroup.procs`).join('\n');
  return `${enter}\nmount -t overlay overlay -o ${options} ${directory}/root\nexec ${nspawn(record).join(' ')}`;
}

function nspawn(record: NodeRecord): string[] {
  const directory = nodeDirectory(record.name);
  return [
    'systemd-nspawn --quiet --boot --register=no --keep-unit --link-journal=no --resolv-conf=off --timezone=off',
    `--directory=${directory}/root --machine=${record.name} --hostname=${record.hostname} --network-bridge=${BRIDGE}`,
    "--capability=all --system-call-filter='@keyring bpf'",
    ...REAL_DIRECTORIES.map(name => `--bind=${directory}/real/${name}:/var/lib/${name}`),
    // systemd 256 and newer boot on cgroup v1 only when told twice.
    ...(record.cgroup === 'v1' ? ['SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'] : []),
  ];
}

export function isOn(record: NodeRecord): boolean {
  return record.process !== undefined && isAlive(record.process);
}

/** The node's own init, seen from this machine; there is none while systemd-nspawn still sets up. */
export function findInit(record: NodeRecord): ProcessId | undefined {
  const init = isOn(record) && record.process ? childrenOf(record.process.pid).at(0) : undefined;
  return init === undefined ? undefined : identify(init);
}

export function initOf(record: NodeRecord): ProcessId {
  const id = findInit(record);
  if (id === undefined) throw new LabError(`${record.name} is off`);
  return id;
}

/** An orderly shutdown, as `poweroff` would do; hard after a minute. */
export async function powerOff(record: NodeRecord): Promise<void> {
  const id = record.process;
  if (id !== undefined && isAlive(id)) {
    signal(id, 'SIGTERM');
    if (!(await waitGone(id, 60_000))) return powerLoss(record);
  }
  await cleanUp(record);
}

/** All processes of the node end at once, as when the plug is pulled; what it wrote so far is kept. */
export async function powerLoss(record: NodeRecord): Promise<void> {
  const id = record.process;
  if (id !== undefined && isAlive(id)) {
    killCgroup(record.name);
    for (const child of childrenOf(id.pid)) killProcess(child);
    signal(id, 'SIGKILL');
    if (!(await waitGone(id, 10_000))) throw new LabError(`${record.name} cannot be killed`);
  }
  await cleanUp(record);
}

function killProcess(pid: number): void {
  const id = identify(pid);
  if (id !== undefined) signal(id, 'SIGKILL');
}

async function cleanUp(record: NodeRecord): Promise<void> {
  await removeCgroups(record.name);
  // The kernel takes a network namespace away in its own time, later still where pods had their own in it; until then
  // the network card would keep the name from the next boot.
  await run('ip', ['link', 'delete', `vb-${record.name}`]);
  rmSync(`/run/systemd/nspawn/propagate/${record.name}`, { recursive: true, force: true });
  delete record.process;
  saveRecord(record);
}
