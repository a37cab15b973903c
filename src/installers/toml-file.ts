import type { HostFile } from '../facts/fact.ts';
import { parseToml, type TomlTable } from '../toml/parse.ts';
import { sharedHeader } from './file-change.ts';
import type { Refusal } from './installer.ts';
import { planRefused } from './known-facts.ts';

/** A file of a daemon's configuration, as an installer edits it. */
export interface TomlFile {
  readonly file: HostFile;
  readonly text: string;
  readonly value: TomlTable;
}

export type ReadTomlFile =
  | { readonly ok: true; readonly config: TomlFile }
  | { readonly ok: false; readonly refusal: Refusal };

/** One that is not there begins with our header; one that cannot be read is refused with line and column. */
export const readTomlFile = (file: HostFile): ReadTomlFile => {
  if (file.type === 'absent') return { ok: true, config: { file, text: sharedHeader, value: {} } };
  const { path, text } = file;
  if (text === undefined) return { ok: false, refusal: planRefused(`${path} is not a text file that can be read`) };
  const parsed = parseToml(text);
  if (parsed.ok) return { ok: true, config: { file, text, value: parsed.document.value } };
  const { line, column, message } = parsed.problem;
  return {
    ok: false,
    refusal: planRefused(`${path}:${line}:${column}: ${message}`, 'Mend the file, then plan again.'),
  };
};
