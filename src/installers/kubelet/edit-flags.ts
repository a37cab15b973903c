import { isDeepStrictEqual } from 'node:util';
import { environmentAssignments, splitWords } from '../../facts/systemd-words.ts';

/** One flag of the kubelet in an environment file; `value` undefined: it goes. */
export interface FlagEdit {
  readonly name: string;
  readonly value: string | undefined;
}

export type EditedFlags =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Changes flags in `KEY="--flag=value …"` where they stand and proves it: read as systemd reads it, every other word of every
 * variable must be as it was. Comments, order and quotes stay.
 */
export const editFlags = (path: string, text: string, edits: readonly FlagEdit[]): EditedFlags => {
  const edited = edits.reduce((current, edit) => editText(current, edit), text);
  const intended = wordsOf(path, text).map(([key, words]) => [key, edits.reduce(editWords, words)]);
  return isDeepStrictEqual(wordsOf(path, edited), intended)
    ? { ok: true, text: edited }
    : {
        ok: false,
        problem: `${edits.map(({ name }) => `--${name}`).join(', ')} cannot be changed in place in this file`,
      };
};

const wordsOf = (path: string, text: string): readonly (readonly [string, readonly string[]])[] =>
  environmentAssignments(path, text).map(({ key, value }) => [key, splitWords(value)]);

const spelled = (name: string): string => name.replaceAll('-', '[-_]');

const editText = (text: string, edit: FlagEdit): string =>
  text
    .split('\n')
    .map(line => (/^\s*[#;]/.test(line) ? line : editLine(line, edit)))
    .join('\n');

const editLine = (line: string, { name, value }: FlagEdit): string => {
  const flag = `--${spelled(name)}(?:=|[ \\t]+)`;
  const word = `[^\\s"'\\\\]+(?=[\\s"'\\\\]|$)`;
  if (value !== undefined) {
    return line.replace(new RegExp(`(?<=[\\s"'=])(${flag})${word}`, 'g'), (_, head: string) => head + value);
  }
  // With the blanks before it, or those after it where it stands first.
  return line
    .replace(new RegExp(`[ \\t]+${flag}${word}`, 'g'), '')
    .replace(new RegExp(`(?<=["'=])${flag}${word}[ \\t]*`, 'g'), '');
};

const editWords = (words: readonly string[], { name, value }: FlagEdit): readonly string[] => {
  const joined = new RegExp(`^(--${spelled(name)}=)`);
  const alone = new RegExp(`^--${spelled(name)}$`);
  return words.flatMap((word, index) => {
    const head = joined.exec(word)?.[1];
    if (head !== undefined) return value === undefined ? [] : [head + value];
    if (alone.test(word)) return value === undefined ? [] : [word];
    if (index > 0 && alone.test(words[index - 1] ?? '')) return value === undefined ? [] : [value];
    return [word];
  });
};
