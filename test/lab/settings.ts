import { join } from 'node:path';
import { env } from 'node:process';

/** Debian releases that the lab boots: containerd 1.6, 1.7 and 2.x. */
export const SUITES = ['bookworm', 'trixie', 'sid'] as const;
export type Suite = (typeof SUITES)[number];
export type CgroupView = 'v1' | 'v2';

/** What user `pw` types for sudo. It guards nothing: nodes live on a bridge of this machine only. */
export const PW_PASSWORD = 'lab-correct-horse';

// Outside the tree, so that `git clean` and fresh clones keep the 60 s that a base root costs.
export const LAB_DIR = env.NODEPREP_LAB_DIR ?? '/var/cache/nodeprep-lab';
// A second lab directory on one machine needs its own bridge and subnet too.
export const BRIDGE = env.NODEPREP_LAB_BRIDGE ?? 'nplab0';
export const SUBNET = env.NODEPREP_LAB_SUBNET ?? '10.213.0';
export const BRIDGE_ADDRESS = `${SUBNET}.1`;
export const FRONT_PORT = 3142;
export const FRONT_URL = `http://${BRIDGE_ADDRESS}:${FRONT_PORT}`;

export const IDENTITY_FILE = join(LAB_DIR, 'keys', 'id_ed25519');

export function isSuite(text: string): text is Suite {
  return (SUITES as readonly string[]).includes(text);
}
