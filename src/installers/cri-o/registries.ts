import type { DesiredRegistry, DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import { registriesProblem } from '../../core/registries-conf.ts';
import { hostOf, pathOf } from '../../core/registry-name.ts';
import { crioRegistries } from '../../facts/crio.ts';
import type { HostFile } from '../../facts/fact.ts';
import {
  containersCertificates,
  isRegistriesFile,
  type RegistryFiles,
  registriesConf,
} from '../../facts/registry-files.ts';
import type { Service } from '../../facts/services.ts';
import { literalText } from '../../toml/literal.ts';
import { isTable, type TomlTable, type TomlValue } from '../../toml/parse.ts';
import { isOwnFile, ownHeader } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import {
  fileAt,
  noParts,
  type Part,
  type PartsPlan,
  planCertificates,
  plannedParts,
  writtenFile,
} from '../registries/files.ts';
import { readTomlFile } from '../toml-file.ts';
import type { Gap } from './in-force.ts';

/** One registry, or one mirror of it, as registries.conf has it. */
interface Location {
  /** `mirror.example.com/k8s`: no scheme, and no /v2. */
  readonly location: string;
  /** By http, or with any certificate; undefined: as it is. */
  readonly insecure: boolean | undefined;
}

interface RegistryEntry extends Location {
  readonly mirrors: readonly Location[];
}

/** containers-registries.conf(5): a drop-in with all that the inventory names, and certificates beside it. */
export const planCrioRegistries = (
  observed: Observed<RegistryFiles>,
  { registries }: Pick<DesiredRuntime, 'registries'>,
): PartsPlan => {
  if (registries.length === 0) return noParts;
  if (!observed.known) return refused(planRefused(`what this host has of registries is unknown: ${observed.reason}`));
  const files = observed.value;
  const unable = registries.flatMap(inexpressible);
  if (unable.length > 0) return refused(...unable);
  const theirs = foreignEntries(files);
  if (!theirs.ok) return refused(...theirs.refusals);
  const wishes = registries.flatMap(registry => entryOf(registry, registries));
  const own = wishes.filter(wish => !theirs.entries.some(({ entry }) => entry.location === wish.location));
  const parts = [
    ...registries.map(registry =>
      planCertificates(registry, fileAt(files, `${containersCertificates}/${registry.name}/ca.crt`)),
    ),
    ...wishes.map(wish => contradiction(wish, theirs.entries)),
    ownFile(own, fileAt(files, crioRegistries)),
  ];
  return plannedParts(parts, files);
};

/** It keeps what it has read of them until it is told to read again. */
export const registriesGap = (
  { registries }: Pick<DesiredRuntime, 'registries'>,
  plan: PartsPlan,
  observed: Observed<RegistryFiles>,
  { changedAtSeconds, startedAtSeconds }: Service,
): readonly Gap[] => {
  if (registries.length === 0 || !observed.known) return [];
  const own = fileAt(observed.value, crioRegistries);
  // systemd tells times in whole seconds.
  const written = own.type === 'absent' ? 0 : Math.floor(own.mtimeSeconds);
  const isUnread = written > (changedAtSeconds ?? startedAtSeconds ?? 0);
  if (!isUnread && !plan.changes.some(({ path }) => path === crioRegistries)) return [];
  return [{ reason: `${crioRegistries} has been written since it was read`, driver: false, action: 'reload' }];
};

const refused = (...refusals: readonly Refusal[]): PartsPlan => ({ ...noParts, refusals });

const inexpressible = ({ name, mirrors, skipVerify, ca }: DesiredRegistry): readonly Refusal[] => {
  if (name === '*' && (mirrors.length > 0 || skipVerify !== undefined || ca !== undefined)) {
    return [
      planRefused(
        'the inventory gives mirrors or trust for "*", and CRI-O (registries.conf) knows no entry for every registry',
        'Name the registries one by one in runtime.registryMirrors (registry.k8s.io, docker.io, quay.io …).',
      ),
    ];
  }
  const strange = mirrors.filter(url => pathOf(url) !== '' && !pathOf(url).startsWith('/v2/'));
  return strange.map(url =>
    planRefused(
      `the mirror ${url} of ${name} has a path in front of /v2, and CRI-O (registries.conf) can only name a repository behind it`,
      `Give it as https://${hostOf(url)}/v2${pathOf(url)} if images are found there, or take a mirror at the root of its host.`,
    ),
  );
};

const entryOf = (
  { name, mirrors, skipVerify }: DesiredRegistry,
  all: readonly DesiredRegistry[],
): readonly RegistryEntry[] => {
  if (mirrors.length === 0 && skipVerify === undefined) return [];
  const locations = mirrors.map(url => ({
    location: `${hostOf(url)}${pathOf(url).replace(/^\/v2/, '')}`,
    insecure: url.startsWith('http:') ? true : all.find(registry => registry.name === hostOf(url))?.skipVerify,
  }));
  return [{ location: name, insecure: skipVerify, mirrors: locations }];
};

// ── what others have written ──

interface ForeignEntry {
  readonly path: string;
  readonly entry: RegistryEntry;
}

type Foreign =
  | { readonly ok: true; readonly entries: readonly ForeignEntry[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

const rewrite =
  'Rewrite it with [[registry]] and unqualified-search-registries (containers-registries.conf(5)), then plan again.';

/** The file first, then the directory by names; of two entries for one prefix the later one counts, whole. */
const foreignEntries = ({ files }: RegistryFiles): Foreign => {
  const theirs = files
    .filter(({ path, type }) => isRegistriesFile(path) && path !== crioRegistries && type !== 'absent')
    .toSorted((left, right) => order(left.path, right.path));
  const read = theirs.map(file => readTomlFile(file));
  const refusals = read.flatMap(result => (result.ok ? [] : [result.refusal]));
  const ofVersion1 = read.flatMap(result => {
    const problem = result.ok ? registriesProblem(result.config.file.path, result.config.text) : undefined;
    return problem === undefined ? [] : [planRefused(problem, rewrite)];
  });
  if (refusals.length + ofVersion1.length > 0) return { ok: false, refusals: [...refusals, ...ofVersion1] };
  const entries = read.flatMap(result =>
    result.ok ? tablesIn(result.config.value.registry).map(table => foreignEntry(result.config.file, table)) : [],
  );
  return { ok: true, entries: [...new Map(entries.map(found => [found.entry.location, found])).values()] };
};

const order = (left: string, right: string): number => {
  if (left === registriesConf || right === registriesConf) return left === registriesConf ? -1 : 1;
  return left < right ? -1 : 1;
};

const foreignEntry = ({ path }: HostFile, table: TomlTable): ForeignEntry => ({
  path,
  entry: {
    ...locationOf(table),
    location: textOf(table.prefix) || textOf(table.location),
    mirrors: tablesIn(table.mirror).map(locationOf),
  },
});

const locationOf = (table: TomlTable): Location => ({
  location: textOf(table.location),
  insecure: table.insecure === true,
});

const textOf = (value: TomlValue | undefined): string => (typeof value === 'string' ? value : '');
const tablesIn = (value: TomlValue | undefined): readonly TomlTable[] =>
  Array.isArray(value) ? value.filter(item => isTable(item)) : [];

/** Ours would take the place of theirs, or theirs of ours, with all that it says. */
const contradiction = (wish: RegistryEntry, theirs: readonly ForeignEntry[]): Part => {
  const found = theirs.find(({ entry }) => entry.location === wish.location);
  if (found === undefined || isEnough(found.entry, wish)) return undefined;
  const wanted = wish.mirrors.map(({ location }) => location).join(', ') || `insecure = ${wish.insecure}`;
  return planRefused(
    `${found.path} has a [[registry]] for ${wish.location}, and CRI-O reads only one: what the inventory asks for (${wanted}) is not in it`,
    'Write it there (mirrors in the order of the inventory, first), or remove that entry and let the inventory say all of it; then plan again.',
  );
};

const isEnough = (found: RegistryEntry, wish: RegistryEntry): boolean =>
  agrees(found, wish) &&
  wish.mirrors.every((mirror, index) => {
    const there = found.mirrors[index];
    return there?.location === mirror.location && agrees(there, mirror);
  });

const agrees = (found: Location, wish: Location): boolean =>
  wish.insecure === undefined || found.insecure === wish.insecure;

// ── ours ──

export const registryLabel = (name: string): string => `[[registry]] of ${name}`;

const ownFile = (entries: readonly RegistryEntry[], file: HostFile): Part => {
  if (file.type === 'absent' && entries.length === 0) return undefined;
  if (file.type !== 'absent' && !isOwnFile(file)) {
    return planRefused(
      `${file.path} is not nodeprep's, which writes the registries of the inventory there`,
      'Move it to another name in that directory, then plan again.',
    );
  }
  return writtenFile(file, `${ownHeader}${entries.map(entryText).join('')}`, {
    settings:
      entries.length === 0 ? ['no registry of its own'] : entries.map(({ location }) => registryLabel(location)),
    because: 'the inventory asks for it',
    row: 'cri-o-registries',
  });
};

const entryText = ({ mirrors, ...registry }: RegistryEntry): string =>
  [
    `\n[[registry]]\n${locationText(registry)}`,
    ...mirrors.map(mirror => `\n[[registry.mirror]]\n${locationText(mirror)}`),
  ].join('');

const locationText = ({ location, insecure }: Location): string =>
  [`location = ${literalText(location)}\n`, ...(insecure === undefined ? [] : [`insecure = ${insecure}\n`])].join('');
