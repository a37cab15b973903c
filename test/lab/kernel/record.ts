import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from '../processes.ts';
import type { Suite } from '../settings.ts';
import { KERNEL_NODES_DIR } from './settings.ts';

/** What the lab knows of a kernel node, kept on disk so that another process can find, stop and remove it. */
export interface KernelRecord {
  name: string;
  suite: Suite;
  image: string;
  port: number;
  /** Given by tests: when that process is gone, the node is nobody's and is removed. */
  owner?: ProcessId;
  /** QEMU, while the node is on. */
  process?: ProcessId;
}

export function kernelNodeDirectory(name: string): string {
  return join(KERNEL_NODES_DIR, name);
}

export function saveKernelRecord(record: KernelRecord): void {
  const directory = kernelNodeDirectory(record.name);
  mkdirSync(directory, { recursive: true });
  const part = join(directory, `node.json.${process.pid}`);
  writeFileSync(part, JSON.stringify(record, null, 2));
  renameSync(part, join(directory, 'node.json'));
}

export function loadKernelRecord(name: string): KernelRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(kernelNodeDirectory(name), 'node.json'), 'utf8')) as KernelRecord;
  } catch {
    // Not there, or removed by another process just now.
    return undefined;
  }
}

export function listKernelRecords(): KernelRecord[] {
  if (!existsSync(KERNEL_NODES_DIR)) return [];
  return readdirSync(KERNEL_NODES_DIR)
    .sort()
    .flatMap(name => loadKernelRecord(name) ?? []);
}
