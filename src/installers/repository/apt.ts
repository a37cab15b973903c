import type { AptEntry, AptSources } from '../../facts/apt-sources.ts';
import { ownHeader } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type Foreign, type OwnPaths, plainUrl } from './format.ts';
import type { Repository } from './repository.ts';

export const aptPaths = ({ name }: Repository): OwnPaths => ({
  sources: `/etc/apt/sources.list.d/nodeprep-${name}.sources`,
  key: `/etc/apt/keyrings/nodeprep-${name}.gpg`,
});

/** sources.list(5), deb822. */
export const aptSourcesText = ({ url, suite, components }: Repository, { key }: OwnPaths): string =>
  [
    `${ownHeader}Types: deb`,
    `URIs: ${url}`,
    `Suites: ${suite}`,
    ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
    `Signed-By: ${key}`,
    '',
  ].join('\n');

export const foreignInApt = ({ entries }: AptSources, repository: Repository, own: string): Foreign => {
  const foreign = entries.filter(entry => entry.path !== own && isSameSuite(entry, repository));
  const [first] = foreign;
  if (first === undefined) return { found: 'none' };
  return foreign.some(entry => offersAll(entry, repository))
    ? { found: 'same' }
    : { found: 'conflict', refusal: conflict(first, repository) };
};

const plainSuite = (suite: string): string => suite.replace(/^\.?\/+$/, '/');

const isSameSuite = (entry: AptEntry, { url, suite }: Repository): boolean =>
  plainUrl(entry.uri) === plainUrl(url) && plainSuite(entry.suite) === plainSuite(suite);

const offersAll = (entry: AptEntry, { components }: Repository): boolean =>
  components.every(component => entry.components.includes(component));

/** apt stops at two keys for one suite of a repository: `Conflicting values set for option Signed-By`. */
const conflict = ({ path, components }: AptEntry, wanted: Repository): Refusal =>
  planRefused(
    `${path} has ${wanted.url} ${wanted.suite} with ${components.join(' ') || 'no components'}, and ${wanted.components.join(' ')} is needed`,
    `Add it to the components in ${path}, or remove that entry and nodeprep writes its own.`,
  );
