import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { identify, isAlive, signal, waitGone } from '../processes.ts';
import { LabError, sleep } from '../run.ts';
import { type ClusterRecord, clusterDirectory, saveCluster } from './record.ts';

const READY_MS = 180_000;

/** Starts a program of the control plane; it stays when this process ends. Its output goes to a log of its own. */
export function startDaemon(
  record: ClusterRecord,
  program: string,
  args: readonly string[],
  name = basename(program),
): void {
  if (isRunning(record, name)) throw new LabError(`${name} of ${record.name} runs already`);
  const directory = join(clusterDirectory(record.name), 'log');
  mkdirSync(directory, { recursive: true });
  const log = openSync(logFile(record, name), 'a');
  const flags = [...args, ...(record.flags[name] ?? [])];
  const child = spawn(program, flags, { cwd: '/', detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id === undefined) throw new LabError(`${program} could not be started`);
  record.processes[name] = id;
  saveCluster(record);
}

/** SIGKILL unless told otherwise: a program that goes down in order would first wait for its clients. */
export async function stopDaemon(record: ClusterRecord, name: string, how: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const id = record.processes[name];
  if (id === undefined) return;
  signal(id, how);
  if (!(await waitGone(id, 30_000))) signal(id, 'SIGKILL');
  delete record.processes[name];
  saveCluster(record);
}

export function isRunning(record: ClusterRecord, name: string): boolean {
  const id = record.processes[name];
  return id !== undefined && isAlive(id);
}

/** Asks until the answer is yes; names the program's last words when it died or took too long. */
export async function waitFor(record: ClusterRecord, name: string, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await isReady())) {
    if (!isRunning(record, name) || Date.now() > deadline) {
      const end = isRunning(record, name) ? 'is not ready' : 'went down';
      throw new LabError(`${name} of ${record.name} ${end}:\n${lastWords(record, name)}`);
    }
    await sleep(100);
  }
}

export function logFile(record: ClusterRecord, name: string): string {
  return join(clusterDirectory(record.name), 'log', `${name}.log`);
}

function lastWords(record: ClusterRecord, name: string): string {
  return readFileSync(logFile(record, name), 'utf8').slice(-2000);
}
