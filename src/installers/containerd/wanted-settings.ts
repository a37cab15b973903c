import { driverOption, optionSpellings, runcHandlerType } from '../../core/containerd-config.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import { defaultRegistryRoot } from '../../facts/registry-files.ts';
import type { Literal } from '../../toml/literal.ts';
import { isTable, type TomlTable, tableAt, valueAt } from '../../toml/parse.ts';
import type { HandlerTable } from '../handlers/handler.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import type { ConfigSet } from './config-set.ts';
import type { Dialect } from './dialect.ts';
import { handlerRefusals, handlerSettings, withSettings } from './handlers.ts';
import { labels } from './labels.ts';
import { inlineRegistries } from './registries/inline.ts';
import { registryPathIn } from './registries/plan.ts';

type Path = readonly string[];

/** One value that the configuration must hold and does not. */
export interface WantedSetting {
  readonly path: Path;
  readonly value: Literal;
  readonly label: string;
  /** The table that it is part of: where that stands, it belongs. */
  readonly near: Path;
}

interface Handler {
  readonly name: string;
  readonly path: Path;
  readonly table: TomlTable;
}

/** What is missing in the merged configuration for what is desired. */
export const wantedSettings = (
  merged: TomlTable,
  dialect: Dialect,
  set: ConfigSet,
  desired: DesiredRuntime,
  tables: readonly HandlerTable[],
): readonly WantedSetting[] => {
  const handlers = handlerSettings(merged, dialect, set, tables, desired);
  const withHandlers = withSettings(merged, handlers);
  return [
    ...sandboxSettings(merged, dialect, desired),
    ...cniSettings(merged, dialect, set, desired),
    ...selinuxSettings(merged, dialect, desired),
    ...registrySettings(merged, dialect, desired),
    ...legacyDriver(merged, dialect, set),
    ...handlers,
    ...runcHandlers(withHandlers, dialect, set).flatMap(handler => driverSettings(handler, set, desired)),
  ];
};

/** Names of the handlers that have a cgroup driver, the built-in one included where it stays. */
export const runcHandlerNames = (merged: TomlTable, dialect: Dialect, set: ConfigSet): readonly string[] =>
  runcHandlers(merged, dialect, set).map(({ name }) => name);

const runcHandlers = (merged: TomlTable, { runtime }: Dialect, set: ConfigSet): readonly Handler[] => {
  const container = [...runtime, 'containerd'];
  const tables = tableAt(merged, [...container, 'runtimes']);
  const named = Object.entries(tables ?? {}).flatMap(([name, table]): Handler[] =>
    isTable(table) ? [{ name, path: [...container, 'runtimes', name], table }] : [],
  );
  // 1.x drops its built-in handler as soon as the file has a table of handlers, 2.x keeps it.
  const hasBuiltIn = (tables === undefined || set.major === 2) && !named.some(({ name }) => name === 'runc');
  const builtIn = hasBuiltIn ? [{ name: 'runc', path: [...container, 'runtimes', 'runc'], table: {} }] : [];
  return [...named, ...builtIn, ...oldHandlers(merged, container, set)].filter(isRunc);
};

/** Deprecated tables that 1.x turns into handlers of these names and 2.x ignores. */
const oldHandlers = (merged: TomlTable, container: Path, { major }: ConfigSet): readonly Handler[] =>
  Object.entries(major === 1 ? { default: 'default_runtime', untrusted: 'untrusted_workload_runtime' } : {}).flatMap(
    ([name, key]) => {
      const path = [...container, key];
      const table = tableAt(merged, path);
      return typeof table?.runtime_type === 'string' ? [{ name, path, table }] : [];
    },
  );

const isRunc = ({ name, table }: Handler): boolean => {
  const type = table.runtime_type ?? '';
  // 2.x fills in the type of its built-in handler; on 1.x the lack of it is a mistake that `driverSettings` mends.
  return type === runcHandlerType || type === 'io.containerd.runc.v1' || (name === 'runc' && type === '');
};

const driverSettings = (
  { name, path, table }: Handler,
  { major }: ConfigSet,
  desired: DesiredRuntime,
): WantedSetting[] => {
  const systemd = desired.cgroupDriver === 'systemd';
  const label = labels.driver(desired);
  const options = tableAt(table, ['options']) ?? {};
  const spellings = optionSpellings(options, driverOption);
  const wrong = spellings.filter(key => (options[key] === true) !== systemd);
  const missing = systemd && spellings.length === 0 ? [driverOption] : [];
  const toSet = [...wrong, ...missing];
  // 1.x gives a handler that the file names nothing of its built-in one.
  const isNamed = Object.keys(table).length > 0 || toSet.length > 0;
  const needsType = major === 1 && name === 'runc' && isNamed && (table.runtime_type ?? '') === '';
  return [
    ...(needsType ? [{ path: [...path, 'runtime_type'], value: runcHandlerType, label, near: path }] : []),
    ...toSet.map(key => ({ path: [...path, 'options', key], value: systemd, label, near: path })),
  ];
};

const sandboxSettings = (merged: TomlTable, { sandboxImage }: Dialect, desired: DesiredRuntime): WantedSetting[] =>
  valueAt(merged, sandboxImage) === desired.sandboxImage
    ? []
    : [
        {
          path: sandboxImage,
          value: desired.sandboxImage,
          label: labels.sandbox(desired),
          near: sandboxImage.slice(0, -1),
        },
      ];

/** A key of containerd 1.0 that makes the CRI plugin of 1.x refuse to load; 2.x ignores it. */
const legacyDriver = (merged: TomlTable, { runtime }: Dialect, { major }: ConfigSet): WantedSetting[] => {
  const path = [...runtime, 'systemd_cgroup'];
  return major === 1 && valueAt(merged, path) === true
    ? [{ path, value: false, label: labels.legacyDriver, near: runtime }]
    : [];
};

const cniSettings = (
  merged: TomlTable,
  dialect: Dialect,
  { daemon }: ConfigSet,
  desired: DesiredRuntime,
): WantedSetting[] => {
  const wanted = desired.cniBinDir;
  if (wanted === undefined) return [];
  const near = [...dialect.runtime, 'cni'];
  const label = labels.cni(wanted);
  const single = valueAt(merged, [...near, 'bin_dir']);
  const list = valueAt(merged, [...near, 'bin_dirs']);
  const isList = dialect.schema === 3 && isAtLeast(daemon, '2.1.0') && (single === undefined || single === '');
  if (!isList) return single === wanted ? [] : [{ path: [...near, 'bin_dir'], value: wanted, label, near }];
  return Array.isArray(list) && list.includes(wanted)
    ? []
    : [{ path: [...near, 'bin_dirs'], value: [wanted], label, near }];
};

/** Off by default, in every version. */
const selinuxSettings = (merged: TomlTable, { runtime }: Dialect, { selinux }: DesiredRuntime): WantedSetting[] => {
  const path = [...runtime, 'enable_selinux'];
  if (selinux === undefined || (valueAt(merged, path) ?? false) === selinux) return [];
  return [{ path, value: selinux, label: labels.selinux(selinux), near: runtime }];
};

/** Where hosts.toml of each registry stands; one that is set stays. */
const registrySettings = (merged: TomlTable, dialect: Dialect, { registries }: DesiredRuntime): WantedSetting[] => {
  if (registries.length === 0 || registryPathIn(merged, dialect) !== '') return [];
  const near = [...dialect.images, 'registry'];
  const path = [...near, 'config_path'];
  return [{ path, value: defaultRegistryRoot, label: labels.registryRoot(defaultRegistryRoot), near }];
};

/** Mistakes of the user's that keep CRI from loading and that nodeprep would have to guess at. */
export const fatalSettings = (
  merged: TomlTable,
  dialect: Dialect,
  set: ConfigSet,
  desired: DesiredRuntime,
  tables: readonly HandlerTable[],
): readonly Refusal[] => [
  ...lostDefault(withSettings(merged, handlerSettings(merged, dialect, set, tables, desired)), dialect, set),
  ...handlerRefusals(merged, dialect, set, desired),
  // Where the inventory speaks of registries, they are moved.
  ...(desired.registries.length > 0 ? [] : registryConflict(merged, dialect, set)),
];

const lostDefault = (merged: TomlTable, { runtime }: Dialect, { major, main }: ConfigSet): readonly Refusal[] => {
  const container = [...runtime, 'containerd'];
  const handlers = tableAt(merged, [...container, 'runtimes']);
  const name = valueAt(merged, [...container, 'default_runtime_name']) ?? 'runc';
  const isBuiltIn = name === 'runc' && (handlers === undefined || major === 2);
  const isOld = major === 1 && tableAt(merged, [...container, 'default_runtime']) !== undefined;
  if (typeof name !== 'string' || isBuiltIn || isOld || Object.hasOwn(handlers ?? {}, name)) return [];
  return [
    planRefused(
      `${main.file.path}: the default handler is ${name}, but no runtimes.${name} is configured: CRI does not load`,
      `Configure that handler, or name another as default_runtime_name.`,
    ),
  ];
};

const registryConflict = (merged: TomlTable, dialect: Dialect, { main }: ConfigSet): readonly Refusal[] => {
  const directory = registryPathIn(merged, dialect);
  const { mirrors, trust } = inlineRegistries(merged, dialect.images);
  const old = [
    ...(Object.keys(mirrors).length > 0 ? [`registry.mirrors (${Object.keys(mirrors).join(', ')})`] : []),
    ...Object.keys(trust).map(host => `registry.configs.${host}.tls`),
  ];
  if (directory === '' || old.length === 0) return [];
  return [
    planRefused(
      `${main.file.path}: registry.config_path and ${old.join(', ')} exclude each other: CRI does not load`,
      `Name the registries in runtime.registryMirrors or runtime.registries and nodeprep moves them to ${directory.split(':')[0]}/HOST/hosts.toml; or do so by hand.`,
    ),
  ];
};
