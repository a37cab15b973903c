import type { Change, RepositoryKeyChange } from '../../changes/change.ts';
import type { DesiredNode, DesiredProxy } from '../../core/desired.ts';
import { noProxies, throughProxy } from '../../core/no-proxy.ts';
import type { PackageManager } from '../../core/package-manager.ts';
import type { AptSources } from '../../facts/apt-sources.ts';
import type { Clock } from '../../facts/clock.ts';
import type { HostFile } from '../../facts/fact.ts';
import { hostFile } from '../../facts/files.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { RpmSources } from '../../facts/rpm-sources.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { packageListsChange } from '../package-lists.ts';
import { packagingOf } from '../packagings/index.ts';
import { aptPaths, aptSourcesText, foreignInApt } from './apt.ts';
import type { Foreign, OwnPaths } from './format.ts';
import type { Repository } from './repository.ts';
import { foreignInRpm, rpmPaths, rpmSourcesText } from './rpm.ts';

export interface RepositoryFacts {
  readonly sources: AptSources | RpmSources;
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

/** The package source that `source: upstream` needs, with a key that may be trusted for it alone. One that somebody else set up is used. */
export const planRepository = (facts: RepositoryFacts, desired: DesiredNode, os: OsFamily): RepositoryPlan => {
  const choice = packagingOf(desired.runtime.name).repository(desired, facts.osRelease, os);
  if (!choice.ok) return refuse(choice.refusal);
  const { repository } = choice;
  const { foreign, own } = inFormat(facts.sources, repository, desired.proxy);
  if (foreign.found === 'conflict') return refuse(foreign.refusal);
  return foreign.found === 'same' ? settled : planOwn(repository, own, facts, desired.proxy);
};

interface OwnFiles {
  readonly manager: PackageManager;
  readonly paths: OwnPaths;
  readonly text: string;
}

const inFormat = (
  sources: AptSources | RpmSources,
  repository: Repository,
  proxy: DesiredProxy | undefined,
): { readonly foreign: Foreign; readonly own: OwnFiles } => {
  if (sources.manager === 'apt') {
    const paths = aptPaths(repository);
    const own = { manager: 'apt', paths, text: aptSourcesText(repository, paths) } as const;
    return { foreign: foreignInApt(sources, repository, paths.sources), own };
  }
  const { manager } = sources;
  const paths = rpmPaths(repository, manager);
  const own = { manager, paths, text: rpmSourcesText(repository, paths, manager, proxy) };
  return { foreign: foreignInRpm(sources, repository, paths.sources), own };
};

const planOwn = (
  repository: Repository,
  { manager, paths, text }: OwnFiles,
  { sources: { own, keys }, clock }: RepositoryFacts,
  proxy: DesiredProxy | undefined,
): RepositoryPlan => {
  const sources = fileAt(own, paths.sources);
  const key = fileAt(own, paths.key);
  const [sourcesBefore, keyBefore] = [pathStateOf(sources), pathStateOf(key)];
  if (sourcesBefore === undefined || keyBefore === undefined) {
    const { path, type } = sourcesBefore === undefined ? sources : key;
    return refuse(
      planRefused(`${path} is a ${type}, which nodeprep does not replace`, 'Move it away, then plan again.'),
    );
  }
  const isKeyRight = key.type === 'file' && holdsOnly(keys[paths.key] ?? [], repository, clock);
  const isRight = sources.type === 'file' && sources.text === text;
  if (isKeyRight && isRight) return settled;
  const because = 'the inventory asks for packages of upstream';
  const common = { phase: 'stage', disruption: disruptionOf('repository'), because } as const;
  const keyChange: RepositoryKeyChange = {
    ...common,
    kind: 'repository-key',
    manager,
    id: `repository-key:${paths.key}`,
    target: paths.key,
    summary: `key ${spaced(repository.fingerprint)}, from ${repository.key.from === 'url' ? repository.key.url : repository.key.path}`,
    reversible: true,
    path: paths.key,
    before: keyBefore,
    fingerprint: repository.fingerprint,
    key: repository.key,
    ...keyThrough(repository.key, manager, proxy),
  };
  const lists = packageListsChange(manager, paths.sources, {
    ...common,
    summary: `${manager} reads what ${repository.url} offers`,
  });
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

/** apt fetches it as it fetches packages; dnf and zypper have nothing that would. */
const keyThrough = (
  key: Repository['key'],
  manager: PackageManager,
  proxy: DesiredProxy | undefined,
): Pick<RepositoryKeyChange, 'proxy'> =>
  key.from === 'file' || manager === 'apt' || proxy === undefined
    ? {}
    : { proxy: throughProxy(key.url, proxy) ?? noProxies };

const fileAt = (files: readonly HostFile[], path: string): HostFile =>
  files.find(file => file.path === path) ?? hostFile(path, undefined);

/** An expired key is fetched again: upstream may have prolonged it. */
const holdsOnly = (keys: AptSources['keys'][string], { fingerprint }: Repository, { epochSeconds }: Clock): boolean => {
  const [key, ...others] = keys;
  if (key === undefined || others.length > 0 || key.fingerprint !== fingerprint) return false;
  return key.expiresAtSeconds === null || key.expiresAtSeconds > epochSeconds;
};

/** As people compare them. */
const spaced = (fingerprint: string): string => fingerprint.replace(/(.{4})(?=.)/g, '$1 ');
