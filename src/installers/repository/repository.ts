import type { DesiredKey } from '../../core/desired.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

/** A package source, everything settled. */
export interface Repository {
  /** Part of the names of its files. */
  readonly name: string;
  readonly url: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly key: DesiredKey;
  readonly fingerprint: string;
}

export type RepositoryChoice =
  | { readonly ok: true; readonly repository: Repository }
  | { readonly ok: false; readonly refusal: Refusal };

/** What repositories for this distribution are parted by: Debian's code name, or the number of the release. */
export const suiteOf = ({ codename, versionId }: OsRelease, { packageManager }: OsFamily): string | undefined =>
  packageManager === 'apt' ? codename : versionId?.replace(/\..*/, '');

export const noSuite = ({ packageManager }: OsFamily): string =>
  packageManager === 'apt'
    ? '/etc/os-release of this host names no VERSION_CODENAME, the suite of packages'
    : '/etc/os-release of this host names no VERSION_ID, the release that packages are made for';

export const notFor = (why: string): RepositoryChoice => ({
  ok: false,
  refusal: planRefused(
    why,
    'Name the repository and its suite in the inventory: runtime: { repository: { url: …, suite: … } }.',
  ),
});

export const isFlat = (suite: string): boolean => suite.endsWith('/');
