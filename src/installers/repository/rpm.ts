import type { DesiredProxy } from '../../core/desired.ts';
import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { type RpmManager, type RpmSources, rpmKeyDirectory, rpmSourceDirectories } from '../../facts/rpm-sources.ts';
import { ownHeader } from '../file-change.ts';
import { proxyOfRepository } from '../proxy/repositories.ts';
import { type Foreign, type OwnPaths, plainUrl } from './format.ts';
import { isFlat, type Repository } from './repository.ts';

export const rpmPaths = ({ name }: Repository, manager: RpmManager): OwnPaths => ({
  sources: `${rpmSourceDirectories[manager]}/nodeprep-${name}.repo`,
  key: `${rpmKeyDirectory}/nodeprep-${name}.asc`,
});

interface Section {
  readonly id: string;
  readonly url: string;
}

/** A flat repository is one; else there is one for each component, in docker.com's layout: RELEASE/ARCHITECTURE/COMPONENT. */
export const sectionsOf = ({ name, url, suite, components }: Repository): readonly Section[] =>
  isFlat(suite)
    ? [{ id: `nodeprep-${name}`, url }]
    : components.map((component, index) => ({
        id: index === 0 ? `nodeprep-${name}` : `nodeprep-${name}-${component}`,
        url: `${withoutEndingSlashes(url)}/${suite}/$basearch/${component}`,
      }));

/**
 * Its packages must be signed by this key, whatever dnf.conf or zypp.conf says. dnf.conf(5): a repository that does not answer is an
 * error. zypp.conf: an index without a signature is nothing to ask about, one with a signature has to be right; and nothing is left for
 * zypper to find out and to write into the file.
 */
const ownWords = {
  dnf: ['skip_if_unavailable=0'],
  zypper: ['repo_gpgcheck=0', 'pkg_gpgcheck=1', 'autorefresh=1', 'type=rpm-md'],
} as const satisfies Record<RpmManager, readonly string[]>;

export const rpmSourcesText = (
  repository: Repository,
  { key }: OwnPaths,
  manager: RpmManager,
  proxy?: DesiredProxy,
): string =>
  `${ownHeader}${sectionsOf(repository)
    .map(({ id, url }) =>
      [
        `[${id}]`,
        `name=${repository.name} packages for nodeprep`,
        `baseurl=${url}`,
        'enabled=1',
        'gpgcheck=1',
        `gpgkey=file://${key}`,
        ...ownWords[manager],
        ...(manager === 'dnf' ? proxyWords(url, proxy) : []),
        '',
      ].join('\n'),
    )
    .join('\n')}`;

const proxyWords = (url: string, proxy: DesiredProxy | undefined): readonly string[] => {
  const value = proxyOfRepository([url], proxy);
  return value === undefined ? [] : [`proxy=${value}`];
};

/** dnf and zypper take one repository from any number of files: whoever has all of it needs nothing of ours. */
export const foreignInRpm = ({ entries }: RpmSources, repository: Repository, own: string): Foreign => {
  const there = entries
    .filter(({ path }) => path !== own)
    .flatMap(({ urls }) => urls.map(url => normal(url, repository)));
  return sectionsOf(repository).every(({ url }) => there.includes(normal(url, repository)))
    ? { found: 'same' }
    : { found: 'none' };
};

const normal = (url: string, { suite }: Repository): string =>
  plainUrl(url.replace(/\$\{?releasever(_major)?\}?/g, suite).replace(/\$\{?basearch\}?/g, '$basearch'));
