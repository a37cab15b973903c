import type { StagedPackage } from '../core/result.ts';
import type { Refusal } from '../installers/installer.ts';
import type { HostPlan } from './host-plan.ts';
import { decodePlan, planFits, savedDifferences } from './plan-file.ts';

/** What a host has staged, as it is read from there. */
export interface StagedRecord {
  /** A saved plan of this host alone. */
  readonly plan: string;
  readonly packages: readonly StagedPackage[];
}

export type ReadyPlan =
  | { readonly ok: true; readonly plan: HostPlan }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/**
 * A fresh plan that is to be carried out with what was staged: the same, to the letter. A version that was left to the host is by
 * now the one that it has fetched; package lists that have grown old since then do not matter.
 */
export const readyPlan = (
  staged: StagedRecord | undefined,
  address: string,
  plan: HostPlan,
  now: { readonly toolVersion: string; readonly inventorySha256: string },
): ReadyPlan => {
  if (plan.changes.length === 0) return { ok: true, plan };
  if (staged === undefined) return refused('nothing is staged on this host');
  const decoded = decodePlan(staged.plan);
  if (!decoded.ok) return refused(`what is staged on this host cannot be used: ${decoded.refusal.message}`);
  const unfit = planFits(decoded.plan, now);
  if (unfit !== undefined) return refused(`what is staged on this host does not fit: ${unfit.message}`);
  const gone = staged.packages.filter(({ role, sha256 }) => role === 'new' && sha256 === null);
  if (gone.length > 0) return refused(`staged packages are gone: ${gone.map(({ name }) => name).join(', ')}`);
  const pinned = pinVersions(plan, staged.packages);
  const differences = savedDifferences(decoded.plan, address, pinned, 'it was staged');
  return differences.length === 0
    ? { ok: true, plan: pinned }
    : { ok: false, refusals: differences.map(({ message }) => mismatch(message)) };
};

const pinVersions = (plan: HostPlan, packages: readonly StagedPackage[]): HostPlan => ({
  ...plan,
  changes: plan.changes.map(change => {
    if (change.kind !== 'package' || change.version !== null) return change;
    const found = packages.find(({ of, role, name }) => of === change.name && role === 'new' && name === change.name);
    return found === undefined ? change : { ...change, version: found.version };
  }),
});

const mismatch = (message: string): Refusal => ({
  code: 'guard-mismatch',
  message,
  hint: 'Stage again (apply --stage), or apply without --staged.',
});

const refused = (message: string): ReadyPlan => ({ ok: false, refusals: [mismatch(message)] });
