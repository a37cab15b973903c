import { isAtLeast } from '../../core/versions.ts';
import { type TomlTable, tableAt } from '../../toml/parse.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type ConfigSet, disabledPlugins, statedVersion } from './config-set.ts';
import { isShortName, v2Plugin, v3Images, v3Runtime } from './plugin-names.ts';

type Path = readonly string[];

/** Where one schema version keeps the settings of the CRI plugin. */
export interface Dialect {
  readonly schema: 1 | 2 | 3;
  /** Tables that belong to CRI; the first holds the handlers. */
  readonly runtime: Path;
  readonly images: Path;
  readonly sandboxImage: Path;
  /** A line that the main file needs, so that the daemon reads the rest as meant. */
  readonly addVersion: 2 | 3 | undefined;
  /** Tables that were ignored so far and will count once the version is stated. */
  readonly wakes: readonly string[];
}

export type ChosenDialect =
  | { readonly ok: true; readonly dialect: Dialect }
  | { readonly ok: false; readonly refusal: Refusal };

/** Entries of disabled_plugins that turn CRI off; the last is the name that files without a version use. */
export const criPluginNames = [v2Plugin, v3Runtime, v3Images, 'cri'] as const;

const paths = (schema: 1 | 2 | 3): Pick<Dialect, 'schema' | 'runtime' | 'images' | 'sandboxImage'> => {
  if (schema === 3) {
    const images = ['plugins', v3Images];
    return { schema, runtime: ['plugins', v3Runtime], images, sandboxImage: [...images, 'pinned_images', 'sandbox'] };
  }
  const cri = ['plugins', schema === 2 ? v2Plugin : 'cri'];
  return { schema, runtime: cri, images: cri, sandboxImage: [...cri, 'sandbox_image'] };
};

/** The schema that the daemon reads these files by, or the one to state where none is. Facts: reference of containerd's RELEASES.md. */
export const chooseDialect = (set: ConfigSet): ChosenDialect => {
  const stated = set.files.flatMap(({ file, value }) => {
    const version = statedVersion(value);
    return version === undefined ? [] : [{ path: file.path, version }];
  });
  const versions = new Set(stated.map(({ version }) => version));
  if (versions.size > 1) {
    const said = stated.map(({ path, version }) => `${path} says version = ${version}`).join(', ');
    return no(`${said}: containerd ignores settings of one of them`, 'Write all of them for the same version.');
  }
  const [version] = versions;
  return version === undefined || version === 1 ? forUnversioned(set) : forStated(set, version);
};

const no = (message: string, hint: string): ChosenDialect => ({ ok: false, refusal: planRefused(message, hint) });

const chosen = (schema: 1 | 2 | 3, addVersion?: 2 | 3, wakes: readonly string[] = []): ChosenDialect => ({
  ok: true,
  dialect: { ...paths(schema), addVersion, wakes },
});

const forStated = ({ daemon, major, main }: ConfigSet, version: number): ChosenDialect => {
  const newest = major === 1 ? 2 : isAtLeast(daemon, '2.3.0') ? 4 : 3;
  if (version > newest) {
    // 1.6 starts all the same and ignores every table of the newer schema.
    return no(
      `${main.file.path} is written for version = ${version}, but containerd ${daemon} reads versions up to ${newest}`,
      `Write it for version = ${newest === 4 ? 3 : newest}, or ask for a newer containerd with runtime.version.`,
    );
  }
  return chosen(version === 2 ? 2 : 3);
};

/** A file without a version is read by the rules of version 1: tables of later schemas in it are ignored, or read only in part. */
const forUnversioned = (set: ConfigSet): ChosenDialect => {
  const plugins = set.files.flatMap(({ value }) => Object.keys(tableAt(value, ['plugins']) ?? {}));
  const shortNames = [
    ...plugins.filter(isShortName),
    ...set.files.flatMap(({ value }) => disabledPlugins(value)).filter(name => isShortName(name) && name !== 'cri'),
  ];
  if (set.major === 1) {
    // Stating a version would turn off what is in force now.
    if (shortNames.length > 0) return chosen(1);
    return chosen(2, 2, plugins.map(tableName));
  }
  if (shortNames.length > 0) {
    return no(
      `${set.main.file.path} states no version and names plugins in the way of version 1 (${[...new Set(shortNames)].join(', ')}), which containerd ${set.daemon} reads only in part`,
      'See what `containerd config migrate` makes of it, write that, then plan again.',
    );
  }
  const hasV2Settings = set.files.some(({ value }) => hasSchema2Settings(value));
  if (plugins.includes(v3Runtime) || plugins.includes(v3Images) || !hasV2Settings) return chosen(3, 3);
  return chosen(2, 2, [tableName(v2Plugin)]);
};

/** In a file that states no version; `stream_` settings stand there in schema 3 too. */
export const hasSchema2Settings = (value: TomlTable): boolean =>
  Object.keys(tableAt(value, ['plugins', v2Plugin]) ?? {}).some(key => !key.startsWith('stream_'));

const tableName = (plugin: string): string => `plugins."${plugin}"`;
