import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import type { Refusal } from '../installer.ts';

/** The files of a repository that nodeprep sets up. */
export interface OwnPaths {
  readonly sources: string;
  readonly key: string;
}

/** What somebody else has set up already. */
export type Foreign =
  | { readonly found: 'none' }
  | { readonly found: 'same' }
  | { readonly found: 'conflict'; readonly refusal: Refusal };

export const plainUrl = (url: string): string => withoutEndingSlashes(url).toLowerCase();
