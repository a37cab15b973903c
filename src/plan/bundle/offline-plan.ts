import type { Change } from '../../changes/change.ts';
import type { DesiredArchive, DesiredNode } from '../../core/desired.ts';
import { fullImageName } from '../../core/image-name.ts';
import { known } from '../../core/observed.ts';
import type { Offer } from '../../facts/candidates.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { Refusal } from '../../installers/installer.ts';
import { planRefused } from '../../installers/known-facts.ts';
import { wantedPackages } from '../../installers/wanted-packages.ts';
import { osFamilyOf } from '../../os/index.ts';
import { buildHostPlan, type PlanOptions } from '../build-plan.ts';
import type { HostPlan } from '../host-plan.ts';
import { type BundleManifest, type BundleRelease, releaseWords } from './manifest.ts';

/** A bundle as plans see it. */
export interface BundleContents extends BundleManifest {
  /** Where it lies on this machine, absolute. */
  readonly directory: string;
}

/**
 * The plan of a host that reaches nothing: packages are on offer from the bundle alone, archives come from it, and repositories are not
 * set up, since nobody there could read them. What the bundle lacks is a refusal that names it.
 */
export const buildOfflinePlan = (
  facts: ObservedFacts,
  desired: DesiredNode,
  bundle: BundleContents,
  options: PlanOptions,
): HostPlan => {
  const release = releaseFor(facts, bundle);
  const plan = buildHostPlan(offlineFacts(facts, release), offlineDesired(facts, desired, bundle), options);
  // A program that no package brought stays what it is.
  const needsPackages = plan.refusals.length > 0 || plan.changes.some(({ kind }) => kind === 'package');
  const lacking = [
    ...(needsPackages ? lackingPackages(facts, desired, bundle, release) : []),
    ...lackingArchives(plan.changes),
  ];
  return lacking.length === 0 ? plan : { ...plan, refusals: lacking };
};

/** Of the very release and architecture; undefined: the bundle is for others. */
export const releaseFor = (
  { osRelease, kernel }: Pick<ObservedFacts, 'osRelease' | 'kernel'>,
  { releases }: Pick<BundleManifest, 'releases'>,
): BundleRelease | undefined => {
  if (!osRelease.known || !kernel.known) return undefined;
  const { id, versionId = null, codename = null } = osRelease.value;
  return releases.find(
    release =>
      release.id === id &&
      release.versionId === versionId &&
      release.codename === codename &&
      release.machine === kernel.value.machine,
  );
};

/** What the host's own sources have to say does not count, but what apt kept there still is a way back. */
const offlineFacts = (facts: ObservedFacts, release: BundleRelease | undefined): ObservedFacts => {
  const { clock, packages, candidates } = facts;
  const offers: Record<string, Offer> = {};
  for (const [name, { kept }] of Object.entries(candidates.known ? candidates.value : {})) {
    offers[name] = { candidate: null, versions: [], kept };
  }
  for (const { name, version } of release?.packages ?? []) {
    const { versions = [], kept = [] } = offers[name] ?? {};
    offers[name] = { candidate: version, versions: [...versions, version], kept };
  }
  for (const { name, version } of release?.wanted ?? []) {
    const offer = offers[name];
    if (offer !== undefined) offers[name] = { ...offer, candidate: version };
  }
  return {
    ...facts,
    candidates: known(offers),
    packages:
      packages.known && clock.known
        ? known({ ...packages.value, listsUpdatedSeconds: clock.value.epochSeconds })
        : packages,
  };
};

const offlineDesired = (facts: ObservedFacts, desired: DesiredNode, bundle: BundleContents): DesiredNode => {
  const { archives, directory } = bundle;
  const image = pulledImage(facts, desired, bundle);
  const named = Object.entries(desired.runtime.archives ?? {}).map(([component, archive]) => {
    const held = archives.find(({ sha256 }) => sha256 === archive.sha256);
    const source = held === undefined ? archive.source : ({ from: 'file', path: `${directory}/${held.file}` } as const);
    return [component, { ...archive, source } satisfies DesiredArchive] as const;
  });
  const runtime = {
    ...desired.runtime,
    offline: true,
    ...(named.length === 0 && image === undefined
      ? {}
      : { archives: { ...(image === undefined ? {} : { sandboxImage: image }), ...Object.fromEntries(named) } }),
  };
  return { ...desired, runtime };
};

/** Where the inventory names no file of it. */
const pulledImage = (
  { kernel }: ObservedFacts,
  { runtime }: DesiredNode,
  { images = [], directory }: BundleContents,
): DesiredArchive | undefined => {
  if (!kernel.known) return undefined;
  const wanted = fullImageName(runtime.sandboxImage);
  const found = images.find(({ image, machine }) => image === wanted && machine === kernel.value.machine);
  return found && { source: { from: 'file', path: `${directory}/${found.file}` }, sha256: found.sha256 };
};

const again = 'Make the bundle again for this inventory: nodeprep bundle INVENTORY --from HOST --out DIR.';

const lackingPackages = (
  facts: ObservedFacts,
  desired: DesiredNode,
  bundle: BundleManifest,
  release: BundleRelease | undefined,
): readonly Refusal[] => {
  const { osRelease, packages, kernel } = facts;
  const os = osRelease.known ? osFamilyOf(osRelease.value) : undefined;
  if (os === undefined || !osRelease.known || !packages.known) return [];
  const missing = wantedPackages(desired, os).filter(({ name }) => packages.value.installed[name] === undefined);
  if (missing.length === 0) return [];
  if (release === undefined) {
    const { id, versionId = null, codename = null } = osRelease.value;
    const machine = kernel.known ? kernel.value.machine : 'unknown machine';
    const has = bundle.releases.map(releaseWords).join(', ') || 'no release at all';
    const message = `the bundle holds packages for ${has}, and this host is ${releaseWords({ id, versionId, codename, machine })}`;
    return [
      planRefused(message, `Make it again with --from a host of this release; --from may be given several times.`),
    ];
  }
  const lacking = missing.filter(({ name }) => !release.packages.some(held => held.name === name));
  if (lacking.length === 0) return [];
  const names = lacking.map(({ name }) => name).join(', ');
  return [planRefused(`the bundle has no package ${names} for ${releaseWords(release)}`, again)];
};

/** A host that reaches nothing would find out only in its guards. */
const lackingArchives = (changes: readonly Change[]): readonly Refusal[] =>
  changes.flatMap(change => {
    if ((change.kind !== 'archive' && change.kind !== 'image') || change.source.from === 'file') return [];
    return [
      planRefused(
        `the bundle does not hold the archive of ${change.component} with sha256 ${change.sha256.slice(0, 12)}… (${change.source.url})`,
        again,
      ),
    ];
  });
