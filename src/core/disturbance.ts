import { type Disruption, disruptions, type PlannedChange } from './result.ts';

/**
 * The worst that changes do to what runs. Settings of a later round come after a package: one that is new there, and disturbs
 * nothing, brings everything that they touch.
 */
export const worstDisruption = (changes: readonly PlannedChange[]): Disruption => {
  const worst = (some: readonly PlannedChange[]): number =>
    Math.max(0, ...some.map(({ disruption }) => disruptions.indexOf(disruption)));
  const now = worst(changes.filter(({ kind }) => kind !== 'later'));
  return disruptions[now === 0 ? 0 : worst(changes)] ?? 'none';
};
