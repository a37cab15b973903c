import type { Change } from '../changes/change.ts';
import type { DesiredNode } from '../core/desired.ts';
import type { FactId, ObservedFacts } from '../facts/index.ts';
import { hasUnfinishedRun } from '../facts/runs.ts';
import { installers } from '../installers/index.ts';
import type { ClusterWide, LaterSetting, Refusal } from '../installers/installer.ts';
import { mergedMigration } from '../installers/merged-migration.ts';
import { awaitsProxy } from '../installers/proxy/package-proxy.ts';
import { osFamilies, osFamilyOf } from '../os/index.ts';
import { afterProxy } from './after-proxy.ts';
import { beyondAgreed } from './agreed.ts';
import { aroundKubelet, type InstallerPart } from './around-kubelet.ts';
import { unifiedDiff } from './diff.ts';
import type { HostPlan } from './host-plan.ts';
import { orderChanges } from './order.ts';
import { type Admissions, changeRefusals, hostRefusals, migrationRefusals } from './refusals.ts';

export interface PlanOptions extends Admissions {
  /** Masks secrets in diffs. */
  readonly mask: (text: string) => string;
  /** From the second round on: the settings that the first round announced and somebody agreed to. */
  readonly agreed?: readonly LaterSetting[];
  /** Where the inventory names the cluster: `clusterWideOf` of what it says (cluster-plan.ts). */
  readonly clusterWide?: ClusterWide;
}

/** Every fact that a plan may look at; those of `cri` are asked in their own exec. */
export const planFacts: readonly FactId[] = [
  ...new Set<FactId>([
    'access',
    'clusterState',
    'container',
    'initSystem',
    'osRelease',
    'runs',
    ...installers.flatMap(({ needs }) => needs),
  ]),
];

/** What one round does to one host. Pure: the same facts and wishes give the same plan; facts as desired give an empty one. */
export const buildHostPlan = (facts: ObservedFacts, desired: DesiredNode, options: PlanOptions): HostPlan => {
  const barred = hostRefusals(facts, desired);
  if (barred.length > 0) return { host: desired.host, changes: [], later: [], refusals: barred };
  const parts = installerPlans(facts, desired, options.clusterWide);
  const originals = Object.assign({}, ...parts.map(({ plan }) => plan.originals ?? {})) as Readonly<
    Record<string, string>
  >;
  const { changes: planned, later } = aroundKubelet(parts, facts);
  const migration = mergedMigration(parts.flatMap(({ plan }) => plan.migration ?? []));
  const changes = orderChanges(planned).map(change => withDiff(change, originals, options.mask));
  return {
    host: desired.host,
    changes,
    later,
    ...(migration === undefined ? {} : { migration }),
    refusals: [
      ...parts.flatMap(({ plan }) => plan.refusals).filter(refusal => !isPassing(refusal, facts)),
      ...migrationRefusals(migration, options),
      ...changeRefusals(changes, later, facts, options),
      ...(options.agreed === undefined ? [] : beyondAgreed(changes, later, options.agreed)),
    ],
  };
};

/** A run that was interrupted is settled first, and the host planned again: what it left half done bars nothing. */
const isPassing = ({ code }: Refusal, { runs }: ObservedFacts): boolean =>
  code === 'plan-refused' && hasUnfinishedRun(runs);

const installerPlans = (
  facts: ObservedFacts,
  desired: DesiredNode,
  cluster: ClusterWide | undefined,
): readonly InstallerPart[] => {
  const { osRelease } = facts;
  if (!osRelease.known) return [onlyRefused(unknownOs(osRelease.reason))];
  const os = osFamilyOf(osRelease.value);
  if (os === undefined) return [onlyRefused(unsupportedOs(osRelease.value))];
  const parts = installers
    .filter(installer => installer.appliesTo(desired))
    .map(installer => ({ installer: installer.id, plan: installer.plan(facts, desired, os, cluster) }));
  return awaitsProxy(facts, desired, os) ? afterProxy(parts) : parts;
};

const onlyRefused = (refusal: Refusal): InstallerPart => ({
  installer: 'none',
  plan: { changes: [], later: [], refusals: [refusal] },
});

const unknownOs = (reason: string): Refusal => ({
  code: 'os-unsupported',
  message: `the distribution of this host is unknown: ${reason}`,
});

const unsupportedOs = ({
  id,
  idLike,
  prettyName,
}: {
  id: string;
  idLike: readonly string[];
  prettyName: string;
}): Refusal => ({
  code: 'os-unsupported',
  message: `no installer knows this distribution: ${prettyName} (ID=${id}, ID_LIKE=${idLike.join(' ') || 'not set'})`,
  hint: `Distributions like ${osFamilies.map(family => family.id).join(', ')} are supported; check works on every Linux.`,
});

const withDiff = (change: Change, originals: Readonly<Record<string, string>>, mask: PlanOptions['mask']): Change =>
  change.kind === 'file' ? { ...change, diff: unifiedDiff(change, originals[change.path] ?? '', mask) } : change;
