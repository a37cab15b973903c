import type { Change } from '../../changes/change.ts';
import { containerdFloor } from '../../core/containerd-floor.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import { compareVersions, isAtLeast } from '../../core/versions.ts';
import type { Archives } from '../../facts/archives.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { PackageNeeds } from '../../facts/package-needs.ts';
import type { RuntimeContents } from '../../facts/runtime-contents.ts';
import type { Services } from '../../facts/services.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { runtimePackages } from '../../os/runtime-packages.ts';
import type { Migration, Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type LeftArchive, leaveArchive } from '../leave-archive.ts';
import { type PackageFacts as CommonFacts, noProgram, type PackagePlan, planRuntimePackage } from '../package-plan.ts';
import { matchesPrefix, upstreamOf } from '../package-version.ts';
import { planReplacedPackages, type ReplacedPackages } from '../replaced-packages.ts';
import { foreignRefusals, foreignTasks } from '../retire-runtime/foreign.ts';
import { daemon } from './archive-files.ts';
import { labels } from './labels.ts';

export interface PackageFacts extends CommonFacts {
  readonly archives: Observed<Archives>;
  readonly services: Services;
  readonly containerd: Containerd;
  readonly packageNeeds: Observed<PackageNeeds>;
  readonly runtimeContents: Observed<RuntimeContents>;
}

export interface ContainerdPackagePlan extends PackagePlan {
  /** What goes before the package comes. */
  readonly leaving: readonly Change[];
  readonly migration?: Migration;
}

/** The package at the version that is asked for, in place of another source's; a package change leaves the configuration to the next round. */
export const planPackage = (facts: PackageFacts, desired: DesiredRuntime, os: OsFamily): ContainerdPackagePlan => {
  const name = containerdPackage(desired, os);
  if (name === undefined) return { changes: [], leaving: [], refusals: [notInDistribution(os)] };
  const others = desired.source === 'upstream' ? upstream : distribution(os);
  const replaced = planReplacedPackages({ name, ...others }, facts, os);
  const { unitFile } = facts.containerd;
  const files = unitFile === undefined ? [] : [unitFile];
  const left = leaveArchive(daemon, { ...facts, program: facts.containerd, files });
  if (left !== undefined && left.refusals.length > 0) return { changes: [], leaving: [], refusals: left.refusals };
  const isMoved = left !== undefined || containerdPackages(os).some(other => replaced.removes.includes(other));
  const plan = planRuntimePackage(
    {
      name,
      label: 'containerd',
      // Another source's goes with its package.
      program: isMoved ? noProgram : facts.containerd,
      replaces: replaced.removes,
      ...(left === undefined ? {} : { inPlaceOf: left.named }),
      disruption: { install: 'containerd-install', upgrade: 'containerd-upgrade' },
      holds: runtimePackages(desired, os),
      setting: labels.package(desired),
    },
    facts,
    desired,
    os,
  );
  const old = tooOld(plan, desired);
  if (old.length > 0) return { changes: [], leaving: [], refusals: old };
  const brings = plan.refusals.length > 0 || plan.changes.some(({ kind }) => kind === 'package');
  if ((replaced.removes.length === 0 && left === undefined) || !brings) return { ...plan, leaving: [] };
  const refusals = [
    ...replaced.refusals,
    ...plan.refusals,
    ...foreignRefusals('containerd', foreignTasks(facts.runtimeContents), desired),
    ...downgrade(plan, facts, desired),
  ];
  if (refusals.length > 0) return { changes: [], leaving: [], refusals };
  return { ...plan, leaving: left?.changes ?? [], migration: migrationOf(name, goes(replaced, left), desired) };
};

const containerdPackages = ({ packages, upstreamPackages }: OsFamily): readonly string[] => [
  ...(packages.containerd === undefined ? [] : [packages.containerd]),
  upstreamPackages.containerd,
];

/** containerd.io brings its own runc. */
const upstream = { conflicts: ['containerd', 'runc'], provides: ['containerd', 'runc'] };

const distribution = ({ packages, upstreamPackages }: OsFamily) => ({
  conflicts: [upstreamPackages.containerd],
  provides: [packages.containerd ?? 'containerd', 'runc'],
});

/** Some distributions have packages of an age that no kubelet speaks to, and that bring no unit. */
const tooOld = ({ changes }: PackagePlan, { source }: DesiredRuntime): readonly Refusal[] => {
  const coming = changes.find(({ kind }) => kind === 'package');
  const version = coming?.kind === 'package' ? coming.version : null;
  if (version === null || isAtLeast(upstreamOf(version), containerdFloor)) return [];
  return [
    planRefused(
      `containerd ${version} of source ${source} does not speak CRI v1: the kubelet needs containerd ${containerdFloor} or newer`,
      'Set runtime.source: upstream for containerd.io, or runtime.source: archive for the release of containerd itself; where the source has a newer one, set runtime.version.',
    ),
  ];
};

/** Data stays where it is, for the other package's daemon to read: it may not be an older one. */
const downgrade = (
  { changes }: PackagePlan,
  { containerd: { version } }: PackageFacts,
  desired: DesiredRuntime,
): readonly Refusal[] => {
  const coming = changes.find(change => change.kind === 'package');
  if (version === undefined || coming === undefined) return [];
  const wanted = coming.version ?? desired.version;
  // What upstream offers without being asked for a version is its newest.
  if (wanted === undefined && desired.source === 'upstream') return [];
  if (
    wanted !== undefined &&
    (matchesPrefix(version, wanted) || compareVersions(upstreamOf(wanted), upstreamOf(version)) >= 0)
  )
    return [];
  return [
    planRefused(
      `containerd ${version} is there and ${wanted ?? 'whatever the distribution has'} is asked for: nodeprep does not downgrade, an older containerd may not read the newer one's data`,
      `Set runtime.version: "${upstreamOf(version)}" or later, or keep what is there with runtime.source.`,
    ),
  ];
};

const goes = ({ named }: ReplacedPackages, left: LeftArchive | undefined): string =>
  [named, left?.named ?? ''].filter(words => words !== '').join(', ');

const migrationOf = (name: string, named: string, { name: to, source }: DesiredRuntime): Migration => ({
  from: [named],
  to,
  asked: `${name} (runtime.source: ${source})`,
  effects: [`${name} comes in place of ${named}`, 'configuration, images and data stay'],
});

/** undefined: the distribution has none. */
export const containerdPackage = ({ source }: DesiredRuntime, os: OsFamily): string | undefined =>
  source === 'upstream' ? os.upstreamPackages.containerd : os.packages.containerd;

const notInDistribution = ({ id }: OsFamily): Refusal =>
  planRefused(
    `distributions of the family ${id} have no package of containerd`,
    'Set runtime.source: upstream for containerd.io of docker.com, or runtime.source: archive for the release of containerd itself.',
  );
