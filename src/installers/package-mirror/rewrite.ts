import { mirrorMark } from '../../core/package-mirror.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

/** A file of package sources with the mirror in the place of what was named there. */
export type Rewritten =
  | { readonly ok: true; readonly text: string; readonly repositories: readonly string[] }
  | { readonly ok: false; readonly refusal: Refusal };

export const markedMirror = (text: string): string | undefined =>
  text.startsWith(mirrorMark) ? text.slice(mirrorMark.length).split(/\r?\n/, 1)[0] : undefined;

/** Nothing is said in a file in which nothing is changed. */
export const withMark = (before: string, after: string, mirror: string): string => {
  if (before === after) return before;
  const rest = markedMirror(after) === undefined ? after : after.slice(after.indexOf('\n') + 1);
  return `${mirrorMark}${mirror}\n${rest}`;
};

/** What a URL says below a mirror; undefined = it is not there. */
export const belowMirror = (url: string, mirror: string | undefined): string | undefined =>
  mirror !== undefined && url.startsWith(`${mirror}/`) ? url.slice(mirror.length + 1) : undefined;

/** By http anybody on the way can be the mirror, and only a signature tells. */
export const unsigned = (path: string, what: string, mirror: string): Refusal =>
  planRefused(
    `${path}: packages of ${what} are taken without a signature, and ${mirror} is asked by http, where anybody on the way may answer`,
    'Give packageMirror with https://, or take out of that file what switches the signature off.',
  );
