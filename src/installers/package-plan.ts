import type { HoldChange, PackageChange } from '../changes/change.ts';
import type { DesiredRuntime } from '../core/desired.ts';
import type { Observed } from '../core/observed.ts';
import { packageCommands } from '../core/package-manager.ts';
import { compareVersions } from '../core/versions.ts';
import type { Candidates, Offer } from '../facts/candidates.ts';
import type { Clock } from '../facts/clock.ts';
import type { Packages } from '../facts/packages.ts';
import type { OsFamily } from '../os/os-family.ts';
import { type DisruptionId, disruptionOf } from './disruption.ts';
import type { InstallerPlan, Refusal } from './installer.ts';
import { planRefused } from './known-facts.ts';
import { matchesPrefix, upstreamOf } from './package-version.ts';

/** Nothing of it is there, or what is there goes with its package. */
export const noProgram: PackageSubject['program'] = { binary: '', version: undefined };

/** Whose package it is, and what its changes disturb. */
export interface PackageSubject {
  /** Of the package. */
  readonly name: string;
  /** In sentences: `CRI-O`. */
  readonly label: string;
  /** The program that the package brings, as it is on the host. */
  readonly program: { readonly binary: string; readonly version: string | undefined };
  readonly disruption: { readonly install: DisruptionId; readonly upgrade: DisruptionId };
  /** It and what it runs on, held where they are installed: upgrades of the host leave them alone. [] = upgrades may take it. */
  readonly holds: readonly string[];
  /** Installed packages that cannot be beside it, and that a migration takes away for it. */
  readonly replaces?: readonly string[];
  /** What else goes for it, in words. */
  readonly inPlaceOf?: string;
  /** What an agreed plan calls this change, where it is announced before it is made. */
  readonly setting?: string;
  /** It is no runtime itself, and why it is needed. */
  readonly companion?: string;
}

export interface PackageFacts {
  readonly packages: Packages;
  readonly clock: Clock;
  readonly candidates: Observed<Candidates>;
  readonly joined: boolean;
  /** Another runtime serves this host meanwhile: what comes beside it disturbs nobody. */
  readonly isBeside?: boolean;
}

export interface PackagePlan {
  readonly changes: readonly (PackageChange | HoldChange)[];
  readonly refusals: readonly Refusal[];
}

const secondsPerDay = 24 * 60 * 60;

const refuse = (...refusals: readonly Refusal[]): PackagePlan => ({ changes: [], refusals });

/** The package at the version that is asked for, else as it is there, and held; a program that no package brought stays what it is. */
export const planRuntimePackage = (
  subject: PackageSubject,
  facts: PackageFacts,
  desired: DesiredRuntime,
  os: OsFamily,
): PackagePlan => {
  const { name, program, label } = subject;
  const installed = facts.packages.installed[name];
  if (program.binary === '' && installed !== undefined) {
    return refuse(
      planRefused(
        `package ${name} is installed but there is no ${label} program`,
        `Run \`${packageCommands[os.packageManager].reinstall} ${name}\` on the host.`,
      ),
    );
  }
  if (program.binary !== '' && installed === undefined) return keepUnpackaged(subject, desired);
  if (facts.packages.manager !== os.packageManager) {
    return refuse(otherManager(facts.packages.manager, os));
  }
  const fits = installed !== undefined && (desired.version === undefined || matchesPrefix(installed, desired.version));
  if (fits) return { changes: planHolds(subject, facts.packages, os), refusals: [] };
  if (facts.packages.broken.length > 0) {
    const broken = facts.packages.broken.join(', ');
    return refuse(
      planRefused(
        `packages are half-installed: ${broken}`,
        `Run \`${packageCommands[os.packageManager].repair}\` on the host, then plan again.`,
      ),
    );
  }
  if (installed !== undefined && desired.version !== undefined && isOlder(desired.version, installed)) {
    return refuse(
      planRefused(
        `${name} ${installed} is installed and ${desired.version} is asked for: nodeprep does not downgrade, an older ${label} may not read the newer one's data`,
        `Set runtime.version: "${upstreamOf(installed)}", or remove the package and its data first.`,
      ),
    );
  }
  return chooseVersion(subject, installed, facts, desired, os);
};

const otherManager = (found: Packages['manager'], { packageManager }: OsFamily): Refusal =>
  found === 'yum'
    ? planRefused(
        'packages of this host are managed by yum, which releases past their end of life have (CentOS 7, Amazon Linux 2); nodeprep needs dnf',
        'Move the host to a release that has dnf, or install the runtime with runtime.source: archive, which needs no package manager.',
      )
    : planRefused(
        `packages of this host are managed by ${found === 'none' ? 'nothing that nodeprep knows' : found}, ${packageManager} is needed`,
        `Install ${packageManager}, or use runtime.source: archive, which needs no package manager.`,
      );

/** An upgrade keeps the configuration; where that sets the driver by now, a later round that had to move it goes beyond what was agreed. */
export const keepsDriver = ({ changes, refusals }: InstallerPlan): boolean =>
  refusals.length === 0 && changes.every(({ disruption }) => disruption !== 'drain');

/** A program from upstream's archive, or built there: it is configured like any other, and stays the version that it is. */
const keepUnpackaged = (
  { label, program: { binary, version } }: PackageSubject,
  desired: DesiredRuntime,
): PackagePlan => {
  if (desired.version === undefined || (version !== undefined && matchesPrefix(version, desired.version))) {
    return { changes: [], refusals: [] };
  }
  return refuse(
    planRefused(
      `${binary} is ${label} ${version ?? 'of unknown version'}, which no package brought, and the inventory asks for ${desired.version}: nodeprep does not replace it`,
      `Leave runtime.version out${version === undefined ? '' : ` or set it to "${version}"`} to keep and configure this one, or put the other version in its place and plan again.`,
    ),
  );
};

/** Of what is installed: nothing that runs is touched by it. */
export const planHolds = (
  { holds, setting }: Pick<PackageSubject, 'holds' | 'setting'>,
  { installed, held }: Packages,
  { packageManager }: OsFamily,
): readonly HoldChange[] =>
  holds
    .filter(name => installed[name] !== undefined && !held.includes(name))
    .map(name => ({
      kind: 'hold',
      manager: packageManager,
      id: `hold:${name}`,
      target: name,
      name,
      hold: true,
      summary: `${name} held at ${installed[name]}`,
      because: 'upgrades of the host would move it, and the runtime with it',
      ...(setting === undefined ? {} : { settings: [setting] }),
      phase: 'stage',
      disruption: disruptionOf('package-hold'),
      reversible: true,
    }));

const isOlder = (wanted: string, installed: string): boolean => compareVersions(wanted, upstreamOf(installed)) < 0;

const chooseVersion = (
  subject: PackageSubject,
  installed: string | undefined,
  facts: PackageFacts,
  desired: DesiredRuntime,
  os: OsFamily,
): PackagePlan => {
  const { name } = subject;
  const range = desired.version ?? null;
  const offer = freshOffer(name, facts);
  const planned = (version: string | null): PackagePlan => ({
    changes: [packageChange(subject, { version, range, installed, offer }, facts, os)],
    refusals: [],
  });
  if (offer === undefined) return planned(null);
  const best = bestOf(offer, range);
  if (best !== undefined) return planned(best);
  const versions = offer.versions.length === 0 ? 'nothing' : offer.versions.join(', ');
  return refuse(
    planRefused(
      `${name}${range === null ? '' : ` ${range}`} is not on offer: the ${desired.offline === true ? 'bundle has' : 'package sources of this host have'} ${versions}`,
      range === null
        ? `Look at ${desired.offline === true ? 'what the bundle was made for' : 'the package sources of the host'}.`
        : 'Set runtime.version to one of these, or leave it out.',
    ),
  );
};

/** Older ones are fetched again by apply. */
export const hasFreshLists = ({ packages, clock }: Pick<PackageFacts, 'clock' | 'packages'>): boolean =>
  packages.listsUpdatedSeconds !== null && clock.epochSeconds - packages.listsUpdatedSeconds <= secondsPerDay;

/** undefined: lists are absent, older than a day or not asked, so that only apply, which refreshes them, can tell. */
const freshOffer = (name: string, { packages, clock, candidates }: PackageFacts): Offer | undefined => {
  if (!hasFreshLists({ packages, clock }) || !candidates.known) return undefined;
  return candidates.value[name] ?? { candidate: null, versions: [], kept: [] };
};

const bestOf = ({ candidate, versions }: Offer, range: string | null): string | undefined =>
  [...(candidate === null ? [] : [candidate]), ...versions].find(
    version => range === null || matchesPrefix(version, range),
  );

interface Choice {
  readonly version: string | null;
  readonly range: string | null;
  readonly installed: string | undefined;
  readonly offer: Offer | undefined;
}

/**
 * The way back from another version is the package that is installed now. Where the lists are too old to tell, the guard on the host
 * holds us to the promise: it refuses where that package cannot be had.
 */
const hasWayBack = ({ installed, offer }: Choice): boolean =>
  installed === undefined ||
  offer === undefined ||
  offer.versions.includes(installed) ||
  offer.kept.includes(installed);

/** A hold is somebody's wish that the version stays; an inventory that asks for another one overrules it, and says so. */
const was = (name: string, { installed }: Choice, { held }: Packages, reversible: boolean): string =>
  installed === undefined
    ? ''
    : ` (was ${installed}${held.includes(name) ? ', held' : ''}${reversible ? '' : ', which is not on offer any more'})`;

/** With what is not held yet; what this release does not have is no word worth. */
const holdWords = ({ name, holds }: PackageSubject, facts: PackageFacts): string => {
  if (holds.length === 0) return '';
  const { installed, held } = facts.packages;
  const others = holds.filter(
    other => other !== name && !held.includes(other) && (installed[other] !== undefined || isOffered(other, facts)),
  );
  return `, held${others.length === 0 ? '' : ` with ${others.join(', ')}`}`;
};

const isOffered = (name: string, facts: PackageFacts): boolean => {
  const offer = freshOffer(name, facts);
  return offer === undefined || offer.candidate !== null || offer.versions.length > 0;
};

/** What an agreed plan calls a change that names no setting of its own. */
const unresolved = 'version resolved at apply';

const packageChange = (
  subject: PackageSubject,
  choice: Choice,
  facts: PackageFacts,
  { packageManager }: OsFamily,
): PackageChange => {
  const { name, disruption, holds, setting = unresolved, companion, replaces = [], inPlaceOf: gone } = subject;
  const { packages, joined, isBeside = false } = facts;
  const { version, range, installed } = choice;
  const words = version ?? `${range === null ? '' : `${range}, `}${unresolved}`;
  const isUpgrade = installed !== undefined;
  const reversible = hasWayBack(choice);
  // A runtime that comes to a node which already runs pods replaces the one that runs them.
  const isInPlace = replaces.length > 0 || gone !== undefined;
  const replacesRuntime = isInPlace || (joined && !isUpgrade && !isBeside && companion === undefined);
  const inPlaceOf = [
    ...replaces.map(other => `${other} ${packages.installed[other] ?? ''}`.trimEnd()),
    ...(gone === undefined ? [] : [gone]),
  ].join(', ');
  return {
    kind: 'package',
    id: `package:${name}`,
    target: name,
    manager: packageManager,
    name,
    version,
    range,
    before: installed ?? null,
    holds,
    summary: `${name} ${words}${holdWords(subject, facts)}${was(name, choice, packages, reversible)}${isInPlace ? `, in place of ${inPlaceOf}` : ''}`,
    ...(replaces.length > 0 ? { removes: replaces } : {}),
    settings: [setting],
    because:
      companion ??
      (range === null ? 'a Kubernetes node needs a container runtime' : `the inventory asks for version ${range}`),
    phase: isUpgrade || isInPlace ? 'switch' : 'stage',
    disruption: isInPlace
      ? disruptionOf('runtime-retired', joined)
      : replacesRuntime
        ? 'drain'
        : disruptionOf(isUpgrade ? disruption.upgrade : disruption.install, joined),
    reversible,
    ...(replacesRuntime ? { needsNoSandboxes: true } : {}),
  };
};
