import { type RpmSources, rpmKeyDirectory, rpmSourceDirectory } from '../../facts/rpm-sources.ts';
import { ownHeader } from '../file-change.ts';
import { type Foreign, type OwnPaths, plainUrl } from './format.ts';
import { isFlat, type Repository } from './upstream.ts';

export const rpmPaths = ({ name }: Repository): OwnPaths => ({
  sources: `${rpmSourceDirectory}/nodeprep-${name}.repo`,
  key: `${rpmKeyDirectory}/nodeprep-${name}.asc`,
});

interface Section {
  readonly id: string;
  readonly url: string;
}

/** A flat repository is one; else there is one for each component, in docker.com's layout: RELEASE/ARCHITECTURE/COMPONENT. */
const sectionsOf = ({ name, url, suite, components }: Repository): readonly Section[] =>
  isFlat(suite)
    ? [{ id: `nodeprep-${name}`, url }]
    : components.map((component, index) => ({
        id: index === 0 ? `nodeprep-${name}` : `nodeprep-${name}-${component}`,
        url: `${plain(url)}/${suite}/$basearch/${component}`,
      }));

const plain = (url: string): string => url.replace(/\/+$/, '');

/** dnf.conf(5). Its packages must be signed by this key, whatever dnf.conf says; a repository that does not answer is an error. */
export const rpmSourcesText = (repository: Repository, { key }: OwnPaths): string =>
  `${ownHeader}${sectionsOf(repository)
    .map(({ id, url }) =>
      [
        `[${id}]`,
        `name=${repository.name} packages for nodeprep`,
        `baseurl=${url}`,
        'enabled=1',
        'gpgcheck=1',
        `gpgkey=file://${key}`,
        'skip_if_unavailable=0',
        '',
      ].join('\n'),
    )
    .join('\n')}`;

/** dnf takes one repository from any number of files: whoever has all of it needs nothing of ours. */
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
