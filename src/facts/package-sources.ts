import type { PublicKey } from '../core/openpgp.ts';
import type { HostFile } from './fact.ts';

/** The package sources that a package manager is configured with. */
export interface PackageSources<M extends string, E> {
  readonly manager: M;
  /** Those that are enabled and offer packages. */
  readonly entries: readonly E[];
  /** All that name sources. */
  readonly files: readonly HostFile[];
  /** Sources and keys that nodeprep owns, those that are there. */
  readonly own: readonly HostFile[];
  /** What is in the keys that nodeprep owns, by path; [] = no key that could be read. */
  readonly keys: Readonly<Record<string, readonly PublicKey[]>>;
}
