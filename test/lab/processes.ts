import { readdirSync, readFileSync } from 'node:fs';
import { sleep } from './run.ts';

/** A process that is still the same one after its number was used again: number, start time, boot. */
export interface ProcessId {
  pid: number;
  start: string;
  boot: string;
}

export function identify(pid: number): ProcessId | undefined {
  const start = statFields(pid)?.[19];
  return start === undefined ? undefined : { pid, start, boot: bootId() };
}

export function isAlive(id: ProcessId): boolean {
  const fields = statFields(id.pid);
  return id.boot === bootId() && fields?.[19] === id.start && fields[0] !== 'Z';
}

/** Sends a signal only to the process that was meant, never to one that took over its number. */
export function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function waitGone(id: ProcessId, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(id)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && statFields(Number(entry))?.[1] === String(pid))
    .map(Number);
}

// Fields of /proc/PID/stat from the state on: the name before it may hold blanks and brackets.
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
