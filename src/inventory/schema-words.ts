import * as z from 'zod';
import { durationMs, durationPattern } from './duration.ts';

/** Kinds of values. The text of a rule completes the sentence 'KEY must be …'. */
export const text = (expected: string) => z.string(expected);
export const matching = (pattern: RegExp, expected: string) => text(expected).regex(pattern, expected);
export const wholeNumber = (min: number, max: number) => {
  const expected = `a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
};

export const duration = () => {
  const expected = 'a duration up to 24h, such as 500ms, 10s or 5m';
  return matching(durationPattern, expected).refine(value => (durationMs(value) ?? 0) <= 86_400_000, expected);
};

export const path = () =>
  matching(/^(?!~[^/])[^\u0000-\u001f]+$/u, 'a path: absolute, relative to the inventory, or starting with ~/');

export const name = () =>
  matching(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/,
    'made of letters, digits, dots, dashes and underscores, with a letter or digit at both ends',
  );
