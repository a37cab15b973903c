import { isAtLeast } from '../../core/versions.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { HostFile } from '../../facts/fact.ts';
import { byteOrderMark, isTable, type TomlTable, type TomlValue, tableAt } from '../../toml/parse.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type ReadTomlFile, readTomlFile, type TomlFile } from '../toml-file.ts';

export type ConfigFile = TomlFile;

/** The files that one containerd reads, config.toml first, later ones win. */
export interface ConfigSet {
  readonly daemon: string;
  /** 1.x replaces a plugin's whole table by that of a later file, 2.x merges key by key. */
  readonly major: 1 | 2;
  readonly main: ConfigFile;
  readonly files: readonly ConfigFile[];
  /** With this daemon the host moves from 1.x to 2.x. */
  readonly isMove: boolean;
}

export type ReadConfigSet =
  | { readonly ok: true; readonly set: ConfigSet }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

export const readConfigSet = ({ config, imports }: Containerd, daemon: string, isMove = false): ReadConfigSet => {
  const major = daemon.startsWith('1.') ? 1 : 2;
  const present = [config, ...imports.filter(({ type }) => type !== 'absent')];
  const read = present.map(file => readFile(file, major));
  const refusals = [
    ...read.flatMap(result => (result.ok ? [] : [result.refusal])),
    ...read.flatMap(result => (result.ok ? lostImports(result.config, daemon) : [])),
  ];
  const files = read.flatMap(result => (result.ok ? [result.config] : []));
  const [main] = files;
  if (main === undefined || refusals.length > 0) return { ok: false, refusals };
  return { ok: true, set: { daemon, major, main, files, isMove } };
};

/** Why no containerd of whatever version could read the files that are there. */
export const unread = ({ config, imports }: Containerd): readonly Refusal[] =>
  [config, ...imports.filter(({ type }) => type !== 'absent')].flatMap(file => {
    const read = readTomlFile(file);
    return read.ok ? [] : [read.refusal];
  });

const readFile = (file: HostFile, major: 1 | 2): ReadTomlFile => {
  const read = readTomlFile(file);
  if (!read.ok || major === 1 || !read.config.text.startsWith(byteOrderMark)) return read;
  const message = `${file.path} starts with a byte order mark, which containerd 2.x does not accept`;
  return { ok: false, refusal: planRefused(message, 'Save the file as UTF-8 without a byte order mark.') };
};

/** 1.6 looks for a relative pattern in its working directory, not beside the file, so what it matches is not read. Tried on 1.6.20. */
const lostImports = ({ file, value }: ConfigFile, daemon: string): readonly Refusal[] => {
  const imports = Array.isArray(value.imports) ? value.imports : [];
  const lost = imports.filter(entry => typeof entry === 'string' && /^[^/].*\*/.test(entry));
  if (lost.length === 0 || isAtLeast(daemon, '1.7.0')) return [];
  return [
    planRefused(
      `${file.path} imports ${lost.join(', ')}, which containerd ${daemon} does not look for beside the file`,
      'Write the pattern with its full path, then plan again.',
    ),
  ];
};

/** What the daemon makes of its files; tried on 1.6.20, 1.7.24 and 2.1.9 (`containerd config dump`). */
export const mergeFiles = ({ files, major }: ConfigSet): TomlTable =>
  files.map(({ value }) => value).reduce((merged, value) => mergeTwo(merged, value, major), {});

const mergeTwo = (below: TomlTable, above: TomlTable, major: 1 | 2): TomlTable => {
  const plugins = [tableAt(below, ['plugins']) ?? {}, tableAt(above, ['plugins']) ?? {}] as const;
  return {
    ...below,
    ...above,
    version: statedVersion(above) ?? statedVersion(below) ?? 0,
    disabled_plugins: [...disabledPlugins(below), ...disabledPlugins(above)],
    plugins: major === 1 ? { ...plugins[0], ...plugins[1] } : mergeDeep(...plugins),
  };
};

const mergeDeep = (below: TomlTable, above: TomlTable): TomlTable => {
  const merged = new Map<string, TomlValue>(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const current = merged.get(key);
    merged.set(key, isTable(current) && isTable(value) ? mergeDeep(current, value) : value);
  }
  return Object.fromEntries(merged);
};

/** undefined or 0: the file states none and takes that of the others. */
export const statedVersion = ({ version }: TomlTable): number | undefined =>
  typeof version === 'number' && version > 0 ? version : undefined;

export const disabledPlugins = ({ disabled_plugins: disabled }: TomlTable): readonly string[] =>
  Array.isArray(disabled) ? disabled.filter(item => typeof item === 'string') : [];
