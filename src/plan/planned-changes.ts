import { toPlannedChange } from '../changes/planned-change.ts';
import type { PlannedChange } from '../core/result.ts';
import type { LaterSetting } from '../installers/installer.ts';
import type { HostPlan } from './host-plan.ts';

/** What reports show of a plan: this round's changes, then the settings of later rounds as kind `later`. */
export const plannedChanges = ({ changes, later }: HostPlan): readonly PlannedChange[] => [
  ...changes.map(toPlannedChange),
  ...later.map(laterChange),
];

const laterChange = ({ target, setting, disruption, because }: LaterSetting): PlannedChange => ({
  id: `later:${target}:${setting}`,
  kind: 'later',
  target,
  summary: `${target}: ${setting}`,
  because: because ?? 'its text is known once what reads it is there',
  disruption,
  phase: 'switch',
  reversible: true,
});
