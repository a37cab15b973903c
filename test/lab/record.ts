import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from './processes.ts';
import { type CgroupView, LAB_DIR, type Suite } from './settings.ts';

/** What the lab knows of a node, kept on disk so that another process can find, stop and remove it. */
export interface NodeRecord {
  name: string;
  hostname: string;
  suite: Suite;
  cgroup: CgroupView;
  address: string;
  /** Read-only layers, top first. */
  layers: string[];
  /** Given by tests: when that process is gone, the node is nobody's and is removed. */
  owner?: ProcessId;
  /** systemd-nspawn, while the node is on. */
  process?: ProcessId;
}

export function nodeDirectory(name: string): string {
  return join(LAB_DIR, 'nodes', name);
}

export function saveRecord(record: NodeRecord): void {
  const directory = nodeDirectory(record.name);
  mkdirSync(directory, { recursive: true });
  const part = join(directory, `node.json.${process.pid}`);
  writeFileSync(part, JSON.stringify(record, null, 2));
  renameSync(part, join(directory, 'node.json'));
}

export function loadRecord(name: string): NodeRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(nodeDirectory(name), 'node.json'), 'utf8')) as NodeRecord;
  } catch {
    // Not there, or removed by another process just now.
    return undefined;
  }
}

export function listRecords(): NodeRecord[] {
  const directory = join(LAB_DIR, 'nodes');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .flatMap(name => loadRecord(name) ?? []);
}
