import type { HostResult } from '../core/result.ts';

/** A host on which nothing was done: what was planned is told as not run. */
export const untouched = (result: HostResult): HostResult => ({
  ...result,
  ...(result.state === 'ok' || result.state === 'refused' ? { outcome: 'unchanged' as const } : {}),
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
