// One function: the whole of semver takes 18 ms to load, twice as long as this.
import coerce from 'semver/functions/coerce.js';

/**
 * Order of two dotted versions by number, missing parts as zero: `1.34` equals `1.34.0`, `1.7.24~ds1-6` counts as `1.7.24`.
 * Throws on text without a number, which is our bug: parsers let none through.
 */
export const compareVersions = (left: string, right: string): number => numeric(left).compare(numeric(right));

export const isAtLeast = (version: string, floor: string): boolean => compareVersions(version, floor) >= 0;

/** `2.1.9` → `2.1`: the line that upstream maintains. */
export const releaseLine = (version: string): string => {
  const { major, minor } = numeric(version);
  return `${major}.${minor}`;
};

/** Whether there is a number in what a daemon says of itself: one that was built by hand may say `dev`. */
export const isVersion = (text: string): boolean => parse(text) !== null;

/** Of one line that upstream maintains; false where one of them is not known, or has no number. */
export const isSameLine = (left: string | undefined, right: string | undefined): boolean => {
  if (left === undefined || right === undefined) return false;
  return isVersion(left) && isVersion(right) && releaseLine(left) === releaseLine(right);
};

// Docker once wrote 19.03, which is no number to semver.
const parse = (version: string) => coerce(version.replaceAll(/(^|\.)0+(?=\d)/g, '$1'));

const numeric = (version: string): NonNullable<ReturnType<typeof coerce>> => {
  const parsed = parse(version);
  if (parsed === null) throw new Error(`no version number in ${JSON.stringify(version.slice(0, 80))}`);
  return parsed;
};
