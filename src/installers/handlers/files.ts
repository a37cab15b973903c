import type { FileChange } from '../../changes/change.ts';
import type { HostFile } from '../../facts/fact.ts';
import { editToml, type TomlEdit } from '../../toml/edit.ts';
import { fileChange, pathStateOf, sharedHeader } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { readTomlFile } from '../toml-file.ts';

/** Settings that a file of a handler shall hold. */
export interface TomlFileWish {
  readonly file: HostFile;
  /** What it begins with where it is not there: the file that was read in its place so far. */
  readonly from?: HostFile;
  readonly edits: readonly TomlEdit[];
  readonly label: string;
  readonly because: string;
}

export type PlannedFile = { readonly change: FileChange | undefined } | { readonly refusal: Refusal };

/** Read by the shim for each sandbox, so that nothing restarts and pods that run keep what they have. */
export const planTomlFile = ({ file, from, edits, label, because }: TomlFileWish): PlannedFile => {
  const source = file.type === 'absent' && from !== undefined ? from : file;
  const read = readTomlFile(source);
  if (!read.ok) return { refusal: read.refusal };
  const edited = editToml(read.config.text, edits);
  if (!edited.ok) {
    return {
      refusal: planRefused(`${source.path}: ${edited.problem}`, `Set it by hand: ${label}; then plan again.`),
    };
  }
  if (edited.text === read.config.text) return { change: undefined };
  const before = pathStateOf(file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    return {
      refusal: planRefused(
        `${file.path} is a ${file.type}, which nodeprep does not edit`,
        `Put a regular file in its place, or have what manages it set: ${label}.`,
      ),
    };
  }
  const text = source === file ? edited.text : `${sharedHeader}${edited.text}`;
  const wish = { summary: label, because, phase: 'stage', disruption: 'none', settings: [label] } as const;
  return { change: fileChange(file, before, text, wish) };
};
