import { runcHandlerType } from '../../core/containerd-config.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { runscConfigPath } from '../../facts/oci-runtimes.ts';
import { isTable, type TomlTable, type TomlValue, tableAt, valueAt } from '../../toml/parse.ts';
import { type HandlerKey, type HandlerTable, isSet } from '../handlers/handler.ts';
import { handlerLabels } from '../handlers/labels.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import type { ConfigSet } from './config-set.ts';
import type { Dialect } from './dialect.ts';
import type { WantedSetting } from './wanted-settings.ts';

const handlersPath = ({ runtime }: Dialect): readonly string[] => [...runtime, 'containerd', 'runtimes'];
const defaultPath = ({ runtime }: Dialect): readonly string[] => [...runtime, 'containerd', 'default_runtime_name'];

/** Handlers and default that the merged configuration lacks. */
export const handlerSettings = (
  merged: TomlTable,
  dialect: Dialect,
  set: ConfigSet,
  tables: readonly HandlerTable[],
  { defaultHandler }: DesiredRuntime,
): readonly WantedSetting[] => {
  const path = defaultPath(dialect);
  const isDefault = defaultHandler === undefined || (valueAt(merged, path) ?? 'runc') === defaultHandler;
  return [
    ...withBuiltIn(merged, dialect, set, tables).flatMap(table => tableSettings(merged, dialect, table)),
    ...(isDefault
      ? []
      : [
          { path, value: defaultHandler, label: handlerLabels.defaultHandler(defaultHandler), near: path.slice(0, -1) },
        ]),
  ];
};

/** 2.x keeps its built-in handler. 1.x drops it as soon as the file has a table of handlers, so with the first of ours it is said outright. */
const withBuiltIn = (
  merged: TomlTable,
  dialect: Dialect,
  { major }: ConfigSet,
  tables: readonly HandlerTable[],
): readonly HandlerTable[] => {
  const others = tables.filter(({ name }) => name !== 'runc');
  const hasTables = tableAt(merged, handlersPath(dialect)) !== undefined;
  if (major === 2) return others;
  if (hasTables || others.length === 0) return hasTables ? tables : others;
  return [{ name: 'runc', keys: [{ path: ['runtime_type'], value: runcHandlerType }] }, ...others];
};

const tableSettings = (merged: TomlTable, dialect: Dialect, { name, keys }: HandlerTable): readonly WantedSetting[] => {
  const near = [...handlersPath(dialect), name];
  const table = tableAt(merged, near);
  return keys
    .filter(key => table === undefined || !holds(table, key))
    .map(({ path, value }) => ({ path: [...near, ...path], value, label: handlerLabels.handler(name), near }));
};

const holds = (table: TomlTable, { path, value, accepts }: HandlerKey): boolean => {
  const found = valueAt(table, path);
  return found === value || accepts?.(found) === true;
};

/** The configuration as it will be with `settings`: what else there is to set is judged on that. */
export const withSettings = (merged: TomlTable, settings: readonly WantedSetting[]): TomlTable =>
  settings.reduce((table, { path, value }) => withValue(table, path, value), merged);

const withValue = (table: TomlTable, [key, ...rest]: readonly string[], value: TomlValue): TomlTable => {
  if (key === undefined) return table;
  const below = Object.hasOwn(table, key) ? table[key] : undefined;
  return { ...table, [key]: rest.length === 0 ? value : withValue(isTable(below) ? below : {}, rest, value) };
};

/** What bars the handlers of the inventory. */
export const handlerRefusals = (
  merged: TomlTable,
  dialect: Dialect,
  { major, main }: ConfigSet,
  { handlers = [], defaultHandler }: DesiredRuntime,
): readonly Refusal[] => {
  const { path } = main.file;
  // `containerd config default` of 1.x prints the table empty, and then it says nothing.
  const old = valueAt(merged, [...dialect.runtime, 'containerd', 'default_runtime', 'runtime_type']);
  const configPath = valueAt(merged, [...handlersPath(dialect), 'runsc', 'options', 'ConfigPath']);
  const isElsewhere = typeof configPath === 'string' && configPath !== '' && configPath !== runscConfigPath;
  return [
    ...(defaultHandler !== undefined && major === 1 && isSet(old)
      ? [
          planRefused(
            `${path}: the table default_runtime, which containerd 1.x takes for the default handler, beats runtime.defaultHandler ${defaultHandler}`,
            'Make a handler below containerd.runtimes of that table, or remove it; then plan again.',
          ),
        ]
      : []),
    ...(handlers.includes('runsc') && isElsewhere
      ? [
          planRefused(
            `${path}: gVisor reads ${configPath}, and nodeprep keeps its cgroup driver in ${runscConfigPath}`,
            `Move the file there and name it as ConfigPath of runtimes.runsc.options, then plan again; or take runsc out of runtime.handlers.`,
          ),
        ]
      : []),
  ];
};
