import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './run.ts';

interface Hierarchy {
  mount: string;
  unified: boolean;
}

/** Makes the node's own cgroup in every hierarchy, since nodes in one cgroup would share system.slice and kubepods. */
export function makeCgroups(node: string): string[] {
  return hierarchies().map(({ mount, unified }) => {
    const directory = join(mount, cgroupName(node));
    if (unified) delegate(mount);
    mkdirSync(directory, { recursive: true });
    // A new cpuset is empty, and a process cannot enter an empty one.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!unified && existsSync(join(mount, file))) copy(join(mount, file), join(directory, file));
    }
    return directory;
  });
}

/** Kills every process of the node at once, where the kernel can (5.14), and takes its cgroups away. */
export async function removeCgroups(node: string): Promise<void> {
  for (const { mount } of hierarchies()) {
    const directory = join(mount, cgroupName(node));
    for (let tries = 0; existsSync(directory) && tries < 100; tries++) {
      if (removeTree(directory)) break;
      await sleep(20);
    }
  }
}

export function killCgroup(node: string): void {
  for (const { mount, unified } of hierarchies()) {
    const file = join(mount, cgroupName(node), 'cgroup.kill');
    if (unified && existsSync(file)) writeFileSync(file, '1');
  }
}

function cgroupName(node: string): string {
  return `nplab-${node}`;
}

function hierarchies(): Hierarchy[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, mount, type]) => (type === 'cgroup' || type === 'cgroup2') && mount?.startsWith('/sys/fs/cgroup'))
    .map(([, mount, type]) => ({ mount: mount ?? '', unified: type === 'cgroup2' }));
}

// On a machine with cgroup v2 alone, the node has the controllers that its parent hands down.
function delegate(mount: string): void {
  for (const controller of readFileSync(join(mount, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean)) {
    try {
      writeFileSync(join(mount, 'cgroup.subtree_control'), `+${controller}`);
    } catch {
      // Not ours to give: the node then does without it, as its checks will say.
    }
  }
}

function copy(from: string, to: string): void {
  writeFileSync(to, readFileSync(from, 'utf8'));
}

function removeTree(directory: string): boolean {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(directory, entry.name));
    }
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
