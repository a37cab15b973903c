import type { DesiredNode } from '../../core/desired.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { DataOwner, RuntimeData } from '../../facts/runtime-contents.ts';
import { retirements, seenOf } from './installer.ts';
import { isInUse, type Retirement, type Seen } from './retirement.ts';

/** What a runtime that the inventory does not name has kept on the host. */
export interface OldData {
  readonly owner: DataOwner;
  readonly data: RuntimeData;
  readonly label: string;
  /** Why it stays; undefined: nothing of it is wanted any more. */
  readonly barred: string | undefined;
}

/** `willRetire`: runtimes that serve now are retired before anything is removed. */
export const oldData = (facts: ObservedFacts, desired: DesiredNode, willRetire: boolean): readonly OldData[] => {
  const seen = seenOf(facts);
  if (seen === undefined || !seen.contents.known) return [];
  const { data } = seen.contents.value;
  return retirements
    .filter(({ names }) => !names.includes(desired.runtime.name))
    .flatMap(retirement =>
      data
        .filter(({ owner }) => owner === retirement.owner)
        .map(found => ({
          owner: retirement.owner,
          label: retirement.label,
          data: found,
          barred: barredBy(retirement, seen, desired, willRetire),
        })),
    );
};

const barredBy = (
  retirement: Retirement,
  seen: Seen,
  desired: DesiredNode,
  willRetire: boolean,
): string | undefined => {
  if (retirement.isShared?.(seen, desired) === true) return 'the runtime that stays keeps its containers there';
  const serves = retirement.serves(seen);
  const used = retirement.units.find(unit => isInUse(seen, unit));
  if (used !== undefined && !(serves && willRetire)) return `${used} is in use`;
  const held = retirement.holds(seen);
  if (!held.known) return `what it holds for others is unknown: ${held.reason}`;
  const listed = desired.runtime.foreignContainers ?? [];
  const barring = held.value.filter(name => !listed.includes(name)).toSorted();
  return barring.length === 0
    ? undefined
    : `it holds containers that Kubernetes does not own: ${barring.join(', ')} (remove them, or name them in runtime.foreignContainers)`;
};
