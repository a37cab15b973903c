import type { Change, PackageListsChange, RepositoryKeyChange } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import type { AptEntry, AptSources } from '../../facts/apt-sources.ts';
import type { Clock } from '../../facts/clock.ts';
import type { HostFile } from '../../facts/fact.ts';
import { hostFile } from '../../facts/files.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, ownHeader, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type Repository, upstreamRepository } from './upstream.ts';

export interface RepositoryFacts {
  readonly aptSources: AptSources;
  readonly clock: Clock;
  readonly osRelease: OsRelease;
}

export interface RepositoryPlan {
  /** While there are any, what the repository offers is not known. */
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** Of the files that `changes` replace. */
  readonly originals: Readonly<Record<string, string>>;
}

const settled: RepositoryPlan = { changes: [], refusals: [], originals: {} };
const refuse = (refusal: Refusal): RepositoryPlan => ({ ...settled, refusals: [refusal] });

/** The package source that `source: upstream` needs, with a key that apt may trust for it alone. One that somebody else set up is used. */
export const planRepository = (facts: RepositoryFacts, desired: DesiredNode, os: OsFamily): RepositoryPlan => {
  if (os.packageManager !== 'apt') {
    return refuse(planRefused(`upstream repositories for ${os.packageManager} come with a later version of nodeprep`));
  }
  const choice = upstreamRepository(desired, facts.osRelease);
  if (!choice.ok) return refuse(choice.refusal);
  const { repository } = choice;
  const paths = pathsOf(repository);
  const foreign = facts.aptSources.entries.filter(
    entry => entry.path !== paths.sources && isSameSuite(entry, repository),
  );
  const [first] = foreign;
  if (first !== undefined) {
    return foreign.some(entry => offersAll(entry, repository)) ? settled : refuse(conflict(first, repository));
  }
  return planOwn(repository, paths, facts);
};

interface OwnPaths {
  readonly sources: string;
  readonly key: string;
}

const pathsOf = ({ name }: Repository): OwnPaths => ({
  sources: `/etc/apt/sources.list.d/nodeprep-${name}.sources`,
  key: `/etc/apt/keyrings/nodeprep-${name}.gpg`,
});

const plain = (url: string): string => url.replace(/\/+$/, '').toLowerCase();
const plainSuite = (suite: string): string => suite.replace(/^\.?\/+$/, '/');

const isSameSuite = (entry: AptEntry, { url, suite }: Repository): boolean =>
  plain(entry.uri) === plain(url) && plainSuite(entry.suite) === plainSuite(suite);

const offersAll = (entry: AptEntry, { components }: Repository): boolean =>
  components.every(component => entry.components.includes(component));

/** apt stops at two keys for one suite of a repository: `Conflicting values set for option Signed-By`. */
const conflict = ({ path, components }: AptEntry, wanted: Repository): Refusal =>
  planRefused(
    `${path} has ${wanted.url} ${wanted.suite} with ${components.join(' ') || 'no components'}, and ${wanted.components.join(' ')} is needed`,
    `Add it to the components in ${path}, or remove that entry and nodeprep writes its own.`,
  );

const planOwn = (repository: Repository, paths: OwnPaths, { aptSources, clock }: RepositoryFacts): RepositoryPlan => {
  const sources = fileAt(aptSources.own, paths.sources);
  const key = fileAt(aptSources.own, paths.key);
  const [sourcesBefore, keyBefore] = [pathStateOf(sources), pathStateOf(key)];
  if (sourcesBefore === undefined || keyBefore === undefined) {
    const { path, type } = sourcesBefore === undefined ? sources : key;
    return refuse(
      planRefused(`${path} is a ${type}, which nodeprep does not replace`, 'Move it away, then plan again.'),
    );
  }
  const text = sourcesText(repository, paths);
  const isKeyRight = key.type === 'file' && holdsOnly(aptSources.keys[paths.key] ?? [], repository, clock);
  const isRight = sources.type === 'file' && sources.text === text;
  if (isKeyRight && isRight) return settled;
  const because = 'the inventory asks for packages of upstream';
  const common = { phase: 'stage', disruption: disruptionOf('repository'), because } as const;
  const keyChange: RepositoryKeyChange = {
    ...common,
    kind: 'repository-key',
    id: `repository-key:${paths.key}`,
    target: paths.key,
    summary: `key ${spaced(repository.fingerprint)}, from ${repository.key.from === 'url' ? repository.key.url : repository.key.path}`,
    reversible: true,
    path: paths.key,
    before: keyBefore,
    fingerprint: repository.fingerprint,
    key: repository.key,
  };
  const lists: PackageListsChange = {
    ...common,
    kind: 'package-lists',
    id: `package-lists:${paths.sources}`,
    target: paths.sources,
    summary: `apt reads what ${repository.url} offers`,
    reversible: true,
    path: paths.sources,
  };
  const file = fileChange(sources, sourcesBefore, text, {
    ...common,
    summary: `package source ${repository.url} ${repository.suite}`,
  });
  return {
    changes: [...(isKeyRight ? [] : [keyChange]), ...(isRight ? [] : [file]), lists],
    refusals: [],
    originals: { [paths.sources]: sources.text ?? '' },
  };
};

const fileAt = (files: readonly HostFile[], path: string): HostFile =>
  files.find(file => file.path === path) ?? hostFile(path, undefined);

/** An expired key is fetched again: upstream may have prolonged it. */
const holdsOnly = (keys: AptSources['keys'][string], { fingerprint }: Repository, { epochSeconds }: Clock): boolean => {
  const [key, ...others] = keys;
  if (key === undefined || others.length > 0 || key.fingerprint !== fingerprint) return false;
  return key.expiresAtSeconds === null || key.expiresAtSeconds > epochSeconds;
};

/** sources.list(5), deb822. */
const sourcesText = ({ url, suite, components }: Repository, { key }: OwnPaths): string =>
  [
    `${ownHeader}Types: deb`,
    `URIs: ${url}`,
    `Suites: ${suite}`,
    ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
    `Signed-By: ${key}`,
    '',
  ].join('\n');

/** As people compare them. */
const spaced = (fingerprint: string): string => fingerprint.replace(/(.{4})(?=.)/g, '$1 ');
