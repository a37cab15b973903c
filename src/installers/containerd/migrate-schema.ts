import type { DesiredRuntime } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import { editToml } from '../../toml/edit.ts';
import { type TomlTable, tableAt, valueAt } from '../../toml/parse.ts';
import { type Remap, remapToml } from '../../toml/remap.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type ConfigFile, type ConfigSet, statedVersion } from './config-set.ts';
import { hasSchema2Settings } from './dialect.ts';
import { fullName, isShortName, v2Plugin, v3Images, v3Runtime } from './plugin-names.ts';

export type MigratedSet =
  | { readonly ok: true; readonly set: ConfigSet; readonly isMigrated: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Files of schema 1 or 2 as schema 3, where the inventory asks for containerd 2.x, where the host moves to it from 1.x, or where 2.x would
 * read them only in part (schema 1).
 * Else they stay: 2.x reads schema 2 as well, and 1.x could not read schema 3 any more.
 * Where each key goes: `configMigration` of containerd's plugins/cri, tried against `containerd config dump` of 2.1.9 and 2.2.0.
 */
export const migrateSchema = (set: ConfigSet, runtime: Pick<DesiredRuntime, 'version'>): MigratedSet => {
  if (!needsMigration(set, runtime)) return { ok: true, set, isMigrated: false };
  const migrated = set.files.map(file => migrateFile(file, file === set.main, set.daemon));
  const failed = migrated.find(result => 'problem' in result);
  if (failed !== undefined && 'problem' in failed) {
    return {
      ok: false,
      refusal: planRefused(
        `${failed.path} cannot be brought to version = 3 in place: ${failed.problem}`,
        'See what `containerd config migrate` makes of it, write that, then plan again.',
      ),
    };
  }
  const files = migrated.flatMap(result => ('problem' in result ? [] : [result]));
  return { ok: true, set: { ...set, files, main: files[0] ?? set.main }, isMigrated: true };
};

/** Whether a table of an older schema counts for this daemon. */
export const needsMigration = (
  { files, major, isMove }: ConfigSet,
  { version }: Pick<DesiredRuntime, 'version'>,
): boolean => {
  if (major === 1) return false;
  const stated = files.map(({ value }) => statedVersion(value)).find(found => found !== undefined);
  const isAsked = isMove || (version !== undefined && isAtLeast(version, '2.0'));
  if (stated === 2) return isAsked;
  const isUnversioned = stated === undefined || stated === 1;
  return isUnversioned && files.some(({ value }) => hasShortNames(value) || (isAsked && hasSchema2Settings(value)));
};

const pluginLists = ['disabled_plugins', 'required_plugins'] as const;

const hasShortNames = (value: TomlTable): boolean =>
  [...Object.keys(tableAt(value, ['plugins']) ?? {}), ...pluginLists.flatMap(key => namesIn(value, key))].some(
    // On its own the bare name is read by every version.
    name => isShortName(name) && (name !== 'cri' || tableAt(value, ['plugins', 'cri']) !== undefined),
  );

const namesIn = (value: TomlTable, key: string): readonly string[] => {
  const list = valueAt(value, [key]);
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
};

type Problem = { readonly path: string; readonly problem: string };

const migrateFile = (config: ConfigFile, isMain: boolean, daemon: string): ConfigFile | Problem => {
  const { path } = config.file;
  const plugins = Object.keys(tableAt(config.value, ['plugins']) ?? {});
  const ambiguous = [...plugins, ...pluginLists.flatMap(key => namesIn(config.value, key))].filter(
    name => fullName(name) === undefined,
  );
  if (ambiguous.length > 0) return { path, problem: `which plugin ${ambiguous.join(', ')} means is not known` };
  const isList = isAtLeast(daemon, '2.1.0');
  const remapped = remapToml(config.text, schema3Path);
  if (!remapped.ok) return { path, problem: remapped.problem };
  if (valueAt(remapped.value, schedCore) === true)
    return { path, problem: `${schedCore.join('.')} is an entry of env of io.containerd.shim.v1.manager there` };
  const directory = valueAt(remapped.value, [...cni, 'bin_dir']);
  const hasLists =
    isList && typeof directory === 'string' && valueAt(remapped.value, [...cni, 'bin_dirs']) === undefined;
  const edited = editToml(remapped.text, [
    ...(isMain || statedVersion(config.value) !== undefined
      ? [{ kind: 'set', path: ['version'], value: 3 } as const]
      : []),
    ...pluginLists.flatMap(key => {
      const names = namesIn(config.value, key);
      const full = names.map(name => fullName(name) ?? name);
      return full.join() === names.join() ? [] : [{ kind: 'set', path: [key], value: full } as const];
    }),
    // Schema 2 means the default by it, schema 3 no directory at all (2.2).
    ...(valueAt(remapped.value, configPath) === '' ? [{ kind: 'remove', path: configPath } as const] : []),
    ...(hasLists
      ? [
          { kind: 'set', path: [...cni, 'bin_dirs'], value: [directory] } as const,
          { kind: 'remove', path: [...cni, 'bin_dir'] } as const,
        ]
      : []),
  ]);
  return edited.ok ? { ...config, text: edited.text, value: edited.value } : { path, problem: edited.problem };
};

const cni = ['plugins', v3Runtime, 'cni'];
const configPath = ['plugins', v3Images, 'registry', 'config_path'];
const schedCore = ['plugins', 'io.containerd.runtime.v2.task', 'sched_core'];

const imageKeys = [
  'registry',
  'image_decryption',
  'max_concurrent_downloads',
  'image_pull_progress_timeout',
  'image_pull_with_sync_fs',
  'stats_collect_period',
];

const serverKeys = [
  'disable_tcp_service',
  'stream_server_address',
  'stream_server_port',
  'stream_idle_timeout',
  'enable_tls_streaming',
  'x509_key_pair_streaming',
];

const snapshotKeys = ['snapshotter', 'disable_snapshot_annotations', 'discard_unpacked_layers'];

/** Plugins besides CRI that go by another name. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['io.containerd.internal.v1.restart', 'io.containerd.monitor.container.v1.restart'],
  ['io.containerd.monitor.v1.cgroups', 'io.containerd.monitor.task.v1.cgroups'],
]);

const schema3Path: Remap = path => {
  const [top, name, ...rest] = path;
  if (top !== 'plugins' || name === undefined) return path;
  const full = fullName(name) ?? name;
  return full === v2Plugin ? ['plugins', ...criPath(rest)] : ['plugins', renamed.get(full) ?? full, ...rest];
};

const criPath = (path: readonly string[]): readonly string[] => {
  const [key, inner, handler, option] = path;
  if (key === undefined) return [v3Runtime];
  if (key === 'sandbox_image') return [v3Images, 'pinned_images', 'sandbox'];
  if (imageKeys.includes(key)) return [v3Images, ...path];
  if (serverKeys.includes(key)) return [v2Plugin, ...path];
  if (key !== 'containerd') return [v3Runtime, ...path];
  if (inner !== undefined && snapshotKeys.includes(inner)) return [v3Images, ...path.slice(1)];
  const isMode = inner === 'runtimes' && handler !== undefined && option === 'sandbox_mode' && path.length === 4;
  return isMode ? [v3Runtime, key, inner, handler, 'sandboxer'] : [v3Runtime, ...path];
};
