import type { HostResult } from '../core/result.ts';

/** What its drain would do, or did, is of the plan: who works on a host does not repeat it. */
export const withDrain = (planned: HostResult | undefined, done: HostResult): HostResult =>
  planned?.drain === undefined || done.drain !== undefined ? done : { ...done, drain: planned.drain };

/** A host on which nothing was done: what was planned is told as not run. */
export const untouched = (result: HostResult): HostResult => ({
  ...result,
  ...(result.state === 'ok' || result.state === 'refused' ? { outcome: 'unchanged' as const } : {}),
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
