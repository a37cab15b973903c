import type { RuntimeAnswer } from '../../../src/core/result.ts';

/** What a test has seen of one migration; `npm run test:matrix` makes docs/migrations.md of it. */
export interface Migrated {
  readonly from: string;
  readonly to: string;
  /** Alone and without more: with apt. */
  readonly host: 'alone' | `alone, by ${'dnf' | 'zypper'}` | 'node of a cluster' | 'control plane of three';
  /** How and when it was cut, and what came next. */
  readonly interrupted?: string;
  /** The new runtime, as CRI tells it. */
  readonly version?: string;
  readonly driver?: string;
  readonly sandbox?: string;
  /** Why it did not run. */
  readonly skipped?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    migrated?: Migrated;
  }
}

/** As the table calls them. */
export const labels = {
  containerd: 'containerd',
  'cri-o': 'CRI-O',
  docker: 'Docker',
  mirantis: 'Mirantis',
} as const satisfies Record<string, string>;

export const migrated = (
  { from, to, host, interrupted }: Migrated,
  { version, cgroupDriver, sandbox }: RuntimeAnswer,
): Migrated => ({
  from,
  to,
  host,
  ...(interrupted === undefined ? {} : { interrupted }),
  version,
  driver: cgroupDriver,
  sandbox,
});
