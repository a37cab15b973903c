import type { DesiredNode, DesiredRuntime } from '../../core/desired.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { RepositoryChoice } from '../repository/repository.ts';

export interface WantedPackage {
  readonly name: string;
  /** Start of its version; null = any. */
  readonly range: string | null;
}

/** How the packages of one runtime are got. Pure. One runtime, one file. */
export interface RuntimePackaging {
  /** Where `source: upstream` has them for this distribution; what the inventory says wins. */
  repository(desired: DesiredNode, release: OsRelease, os: OsFamily): RepositoryChoice;
  /** Those that a bare host gets, without what they need; the installer plans these names. */
  packages(runtime: DesiredRuntime, os: OsFamily): readonly WantedPackage[];
  /** What its own packages bring may not have to be got besides. */
  withoutBundled?(runtime: DesiredRuntime): DesiredRuntime;
}
