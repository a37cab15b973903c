import { ended, endingOf, isMarked, linesOfText, proxyMark } from './mark.ts';

/** `KEY="value"` of a file below /etc/sysconfig, the line that counts. */
export interface Assignment {
  readonly value: string;
  /** From 1. */
  readonly line: number;
  readonly isOwn: boolean;
}

/** As libzypp reads it: the last of a key, one pair of quotes taken off. */
export const assignmentOf = (text: string, key: string): Assignment | undefined => {
  const lines = linesOfText(text);
  const index = indexOf(lines, key);
  const line = lines[index];
  if (line === undefined) return undefined;
  return { value: unquoted(line.slice(line.indexOf('=') + 1).trim()), line: index + 1, isOwn: isMarked(lines, index) };
};

const indexOf = (lines: readonly string[], key: string): number =>
  lines.findLastIndex(line => new RegExp(`^[ \\t]*${key}[ \\t]*=`).test(line));

const unquoted = (value: string): string => /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;

/** In the place of the line that counts, or at the end; values are those of inventories, which a shell need not be kept from. */
export const withAssignment = (text: string, key: string, value: string): string => {
  const lines = linesOfText(text);
  const index = indexOf(lines, key);
  const mark = isMarked(lines, index) ? '' : `${proxyMark}${endingOf(text)}`;
  const written = `${mark}${key}="${value}"${endingOf(text)}`;
  return index < 0 ? `${ended(text)}${written}` : lines.with(index, written).join('');
};
