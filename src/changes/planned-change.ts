import type { PlannedChange } from '../core/result.ts';
import type { Change } from './change.ts';

/** What people and machines see of a change: never its content. */
export const toPlannedChange = (change: Change): PlannedChange => ({
  id: change.id,
  kind: change.kind,
  target: change.target,
  summary: change.summary,
  because: change.because,
  disruption: change.disruption,
  phase: change.phase,
  reversible: change.reversible,
  ...(change.diff === undefined ? {} : { diff: change.diff }),
});
