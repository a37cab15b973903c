import type { Change } from '../changes/change.ts';
import type { LaterSetting, Migration, Refusal } from '../installers/installer.ts';

/** What one round on one host does, ordered as it will run, and what later rounds will set. Empty changes and later = nothing to do. */
export interface HostPlan {
  readonly host: string;
  readonly changes: readonly Change[];
  readonly later: readonly LaterSetting[];
  readonly refusals: readonly Refusal[];
  /** It moves the host from one runtime to another. */
  readonly migration?: Migration;
}
