import type { Crio } from '../../facts/crio.ts';
import type { HostFile } from '../../facts/fact.ts';
import { isTable, parseToml, type TomlTable, type TomlValue } from '../../toml/parse.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

export interface ConfigFile {
  readonly file: HostFile;
  readonly text: string;
  readonly value: TomlTable;
}

/** Every file that CRI-O reads, in its order, later ones win; nodeprep's own stands in its place, also while it is not there. */
export type ConfigSet = readonly ConfigFile[];

export type ReadConfigSet =
  | { readonly ok: true; readonly set: ConfigSet }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

const newFileHeader =
  '# Written by nodeprep. It changes only the settings that it is asked for; whatever else is added here stays.\n';

/** `files` are in the order of CRI-O. */
export const readConfigSet = ({ config, dropIns, ownDropIn }: Crio, inOrder: Order): ReadConfigSet => {
  const dropped = dropIns.some(({ path }) => path === ownDropIn.path) ? dropIns : [...dropIns, ownDropIn];
  const files = [config, ...dropped.toSorted((left, right) => inOrder(left.path, right.path))];
  const read = files.map(readFile);
  const refusals = read.flatMap(result => ('code' in result ? [result] : []));
  if (refusals.length > 0) return { ok: false, refusals };
  return { ok: true, set: read.flatMap(result => ('code' in result ? [] : [result])) };
};

type Order = (left: string, right: string) => number;

const readFile = (file: HostFile): ConfigFile | Refusal => {
  if (file.type === 'absent') return { file, text: newFileHeader, value: {} };
  const { path, text } = file;
  if (text === undefined) return planRefused(`${path} is not a text file that can be read`);
  const parsed = parseToml(text);
  if (parsed.ok) return { file, text, value: parsed.document.value };
  const { line, column, message } = parsed.problem;
  return planRefused(`${path}:${line}:${column}: ${message}`, 'Mend the file, then plan again.');
};

/**
 * Later files win key by key, except that the table of a handler takes the place of the whole former one. Tried on 1.36.1
 * (`crio config`).
 */
export const mergeFiles = (set: ConfigSet): TomlTable =>
  set.map(({ value }) => value).reduce((merged, value) => mergeTables(merged, value, 0), {});

/** crio.runtime.runtimes.NAME */
const handlerDepth = 3;

const mergeTables = (below: TomlTable, above: TomlTable, depth: number): TomlTable => {
  const merged = new Map<string, TomlValue>(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const current = merged.get(key);
    const goesDeeper = isTable(current) && isTable(value) && depth < handlerDepth;
    merged.set(key, goesDeeper ? mergeTables(current, value, depth + 1) : value);
  }
  return Object.fromEntries(merged);
};
