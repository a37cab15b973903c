import { isDeepStrictEqual } from 'node:util';
import { environmentAssignments, splitWords } from '../../facts/systemd-words.ts';

/** One flag of the kubelet in an environment file; `value` undefined: it goes. */
export interface FlagEdit {
  readonly name: string;
  readonly value: string | undefined;
  /** It is in none of the files yet, and is said at the end of the first of these variables. */
  readonly addTo?: readonly string[];
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
  const before = wordsOf(path, text);
  const intended = before.map(([key, words], index) => [
    key,
    edits.reduce((current, edit) => intendedWords(current, edit, index === homeIn(before, edit)), words),
  ]);
  return isDeepStrictEqual(wordsOf(path, edited), intended)
    ? { ok: true, text: edited }
    : {
        ok: false,
        problem: `${edits.map(({ name }) => `--${name}`).join(', ')} cannot be changed in place in this file`,
      };
};

const wordsOf = (path: string, text: string): readonly (readonly [string, readonly string[]])[] =>
  environmentAssignments(path, text).map(({ key, value }) => [key, splitWords(value)]);

type Words = ReturnType<typeof wordsOf>;

const homeIn = (variables: Words, { addTo = [] }: FlagEdit): number | undefined => {
  const key = addTo.find(name => variables.some(([other]) => other === name));
  return key === undefined ? undefined : variables.findLastIndex(([other]) => other === key);
};

const intendedWords = (words: readonly string[], edit: FlagEdit, isHome: boolean): readonly string[] => {
  if (edit.addTo === undefined) return editWords(words, edit);
  return isHome ? [...words, `--${edit.name}=${edit.value}`] : words;
};

const spelled = (name: string): string => name.replaceAll('-', '[-_]');

const editText = (text: string, edit: FlagEdit): string =>
  edit.addTo === undefined ? editLines(text, edit) : add(text, edit);

/** At the end of the last line that sets the variable, before its closing quote. */
const add = (text: string, { name, value, addTo = [] }: FlagEdit): string => {
  const lines = text.split('\n');
  const homes = addTo.map(key => lines.findLastIndex(line => line.startsWith(`${key}=`)));
  const home = homes.find(index => index >= 0);
  return lines.map((line, index) => (index === home ? withFlag(line, `--${name}=${value}`) : line)).join('\n');
};

const withFlag = (line: string, flag: string): string => {
  const quoted = /^(\w+=)(["'])([^"'\\]*)(\2[ \t\r]*)$/.exec(line);
  const plain = /^(\w+=)()([^"'\\#\r]*)(\r?)$/.exec(line);
  const [, head = '', quote = '', words = '', tail = ''] = quoted ?? plain ?? [];
  if (head === '') return line;
  const said = words.trim() === '' ? flag : `${words} ${flag}`;
  return quoted === null ? `${head}"${said}"${tail}` : `${head}${quote}${said}${tail}`;
};

const editLines = (text: string, edit: FlagEdit): string =>
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
