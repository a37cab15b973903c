import { mergedCrioFiles } from '../../core/crio-config.ts';
import type { Crio } from '../../facts/crio.ts';
import type { TomlTable } from '../../toml/parse.ts';
import type { Refusal } from '../installer.ts';
import { readTomlFile, type TomlFile } from '../toml-file.ts';

export type ConfigFile = TomlFile;

/** Every file that CRI-O reads, in its order, later ones win; nodeprep's own stands in its place, also while it is not there. */
export type ConfigSet = readonly ConfigFile[];

export type ReadConfigSet =
  | { readonly ok: true; readonly set: ConfigSet }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** `files` are in the order of CRI-O. */
export const readConfigSet = ({ config, dropIns, ownDropIn }: Crio, inOrder: Order): ReadConfigSet => {
  const dropped = dropIns.some(({ path }) => path === ownDropIn.path) ? dropIns : [...dropIns, ownDropIn];
  const files = [config, ...dropped.toSorted((left, right) => inOrder(left.path, right.path))];
  const read = files.map(readTomlFile);
  const refusals = read.flatMap(result => (result.ok ? [] : [result.refusal]));
  if (refusals.length > 0) return { ok: false, refusals };
  return { ok: true, set: read.flatMap(result => (result.ok ? [result.config] : [])) };
};

type Order = (left: string, right: string) => number;

/** As CRI-O merges them. */
export const mergeFiles = (set: ConfigSet): TomlTable => mergedCrioFiles(set) as TomlTable;
