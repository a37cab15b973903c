import { checks, fleetChecks } from '../checks/index.ts';
import type { FactId } from '../facts/index.ts';

/** Facts that some check reads, and those of the summary line; a check with new needs changes the program by itself. */
export const checkFacts: readonly FactId[] = [
  ...new Set<FactId>([
    ...checks.flatMap(({ needs }) => needs),
    ...fleetChecks.flatMap(({ needs }) => needs),
    'osRelease',
    'kernel',
    'containerd',
    'crio',
    'docker',
    'services',
    'cri',
    'runs',
  ]),
];
