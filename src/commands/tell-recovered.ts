import type { SettledRun } from '../apply/recover.ts';
import type { HostResult } from '../core/result.ts';
import { leftBehind } from './plan-rollbacks.ts';
import { tellEnd } from './run-outcome.ts';
import { untouchedHost } from './run-result.ts';

/** What others have changed or need stays; a revert has told so when it was made. */
const leftByReset = ({ end, progress }: SettledRun): readonly string[] =>
  end.kind === 'settled' && end.word === 'reset' ? progress.kept : [];

/** A settled run is what this command is for: a revert that undid everything is success here, a partial one is not. */
export const recovered = (
  host: { readonly name: string; readonly address: string },
  settled: readonly SettledRun[],
  settle: string,
): HostResult => {
  const base = untouchedHost(host);
  if (settled.length === 0) return base;
  const worst = settled
    .map(run => tellEnd({ ...run, settle }))
    .find(({ outcome }) => outcome === undefined || outcome === 'partial');
  if (worst === undefined) return { ...base, outcome: 'changed', ...leftBehind(settled.flatMap(leftByReset)) };
  const { outcome: _, ...rest } = base;
  return { ...rest, ...worst };
};
