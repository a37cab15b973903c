import type { HostResult, PlannedChange } from '../core/result.ts';
import type { ResetItem } from '../plan/reset.ts';
import { type EndedRun, tellEnd } from './run-outcome.ts';

export interface EndedReset extends EndedRun {
  readonly items: readonly ResetItem[];
  /** What stays, besides what the host says of it. */
  readonly left: readonly string[];
  /** The command that tries once more what got stuck. */
  readonly again: string;
}

type Told = Pick<HostResult, 'state' | 'error' | 'outcome' | 'notReverted' | 'changes'>;

/** How a reset ended on a host: what is left on purpose is told, and is no failure. Pure. */
export const tellReset = (reset: EndedReset): Told => {
  const { progress, end, items, runId, again } = reset;
  const left = [...new Set([...progress.kept, ...reset.left])];
  const changes = items.map(({ change, steps }) => ({ ...change, status: statusOf(steps, reset) }));
  if (end.kind === 'settled' && end.word === 'partial') {
    const stuck = progress.stuck.map(({ reason }) => reason);
    const hint = `Repair what is named, then: ${again}  journal: /var/lib/nodeprep/runs/${runId}/journal on the host`;
    const message = `not everything could be taken back: ${stuck.join('; ')}`;
    const error = { code: 'revert-partial', message, hint };
    return { state: 'failed', outcome: 'partial', notReverted: [...stuck, ...left], changes, error };
  }
  return { ...tellEnd(reset), changes, ...(left.length === 0 ? {} : { notReverted: left }) };
};

/** All steps on an object are undone, or it has not been taken back. */
const statusOf = (steps: readonly string[], { progress }: EndedReset): NonNullable<PlannedChange['status']> => {
  const states = steps.map(step => progress.steps.get(step));
  if (states.every(state => state === undefined || state === 'begun')) return 'not-run';
  return states.every(state => state === 'undone') ? 'done' : 'failed';
};
