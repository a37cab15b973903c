import type { DesiredNode } from '../core/desired.ts';
import type { PlannedChange } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import type { DataOwner } from '../facts/runtime-contents.ts';
import { type OldData, oldData } from '../installers/retire-runtime/old-data.ts';
import { whatLies } from '../installers/retire-runtime/words.ts';

/** A directory of a runtime that serves no more. */
export interface DataToPurge {
  readonly owner: DataOwner;
  readonly path: string;
  readonly change: PlannedChange;
}

export interface PurgePlan {
  readonly data: readonly DataToPurge[];
  /** What stays, with why. */
  readonly kept: readonly string[];
}

/**
 * What `--purge-old-runtime` removes once the runtime that the inventory names is proved: data of every other one that is retired, by
 * this run (`willRetire`) or by an earlier one. Pure.
 */
export const planPurge = (
  facts: ObservedFacts,
  desired: DesiredNode,
  { willRetire }: { readonly willRetire: boolean },
): PurgePlan => {
  const found = oldData(facts, desired, willRetire);
  return {
    data: found.flatMap(each => (each.barred === undefined ? [asPurge(each)] : [])),
    kept: found.flatMap(({ data, label, barred }) =>
      barred === undefined ? [] : [`${data.path}, the data of ${label}, stays: ${barred}`],
    ),
  };
};

const asPurge = ({ owner, data, label }: OldData): DataToPurge => ({
  owner,
  path: data.path,
  change: {
    id: `purge:${data.path}`,
    kind: 'purge',
    target: data.path,
    summary: `removed once the run is committed: ${whatLies(data)} of ${label}`,
    because: '--purge-old-runtime: a rollback afterwards brings the runtime back, and not its images and containers',
    phase: 'resume',
    disruption: 'none',
    reversible: false,
  },
});
