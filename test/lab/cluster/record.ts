import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from '../processes.ts';
import { LAB_DIR } from '../settings.ts';
import type { CgroupDriver } from './options.ts';
import type { ClusterVersion } from './programs.ts';

/** What the lab knows of a cluster, kept on disk so that another process can find and remove it. */
export interface ClusterRecord {
  name: string;
  version: ClusterVersion;
  /** An address of its own on the bridge, so that clusters have the usual ports. */
  address: string;
  driver: CgroupDriver;
  kubeadm: boolean;
  controlPlane: 'processes' | 'static-pods';
  nodeLocalCriSocket: boolean;
  /** Names of its Nodes. */
  nodes: string[];
  /** Programs of the control plane that are on. */
  processes: Record<string, ProcessId>;
  audit: boolean;
  /** Flags that a test added, by program. */
  flags: Record<string, string[]>;
  /** Given by tests: when that process is gone, the cluster is nobody's and is removed. */
  owner?: ProcessId;
}

export function clusterDirectory(name: string): string {
  return join(LAB_DIR, 'clusters', name);
}

export function saveCluster(record: ClusterRecord): void {
  const directory = clusterDirectory(record.name);
  mkdirSync(directory, { recursive: true });
  const part = join(directory, `cluster.json.${process.pid}`);
  writeFileSync(part, JSON.stringify(record, null, 2));
  renameSync(part, join(directory, 'cluster.json'));
}

export function loadCluster(name: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(clusterDirectory(name), 'cluster.json'), 'utf8')) as ClusterRecord;
  } catch {
    // Not there, or removed by another process just now.
    return undefined;
  }
}

export function listClusterRecords(): ClusterRecord[] {
  const directory = join(LAB_DIR, 'clusters');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .flatMap(name => loadCluster(name) ?? []);
}
