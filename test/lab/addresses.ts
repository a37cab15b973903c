import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './run.ts';
import { LAB_DIR, SUBNET } from './settings.ts';

const DIRECTORY = join(LAB_DIR, 'addresses');
const FIRST = 10;
const COUNT = 240;

/** Takes a free address of the bridge. Creating the lease file is the lock, so two processes never share one. */
export function leaseAddress(node: string): string {
  mkdirSync(DIRECTORY, { recursive: true });
  // From a random start: an address that was free for long is in no other node's neighbour cache.
  const start = Math.floor(Math.random() * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const address = `${SUBNET}.${FIRST + ((start + i) % COUNT)}`;
    if (take(address, node)) return address;
  }
  throw new LabError(`all addresses of ${SUBNET}.0/24 are in use: remove nodes`);
}

export function releaseAddress(address: string, node: string): void {
  const file = join(DIRECTORY, address);
  try {
    if (readFileSync(file, 'utf8') === node) rmSync(file);
  } catch {
    // Released before: nothing to do.
  }
}

function take(address: string, node: string): boolean {
  try {
    writeFileSync(join(DIRECTORY, address), node, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
