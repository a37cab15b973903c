import type { Disruption } from '../../../src/core/result.ts';
import type { DisruptionId } from '../../../src/installers/disruption.ts';

/** What a test has seen of one row of the disruption table; `npm run test:matrix` makes docs/disruption-seen.md of it. */
export interface Disturbed {
  readonly row: DisruptionId;
  /** Where containers ran. */
  readonly on: string;
  readonly seen: Disruption;
}

declare module 'vitest' {
  interface TaskMeta {
    disturbed?: Disturbed;
  }
}
