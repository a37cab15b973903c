import type { FileChange } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import { editToml, type TomlEdit } from '../../toml/edit.ts';
import { parseToml, tableAt, valueAt } from '../../toml/parse.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { HandlerTable } from '../handlers/handler.ts';
import { handlerLabels } from '../handlers/labels.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type ConfigFile, type ConfigSet, disabledPlugins, mergeFiles } from './config-set.ts';
import { chooseDialect, criPluginNames, type Dialect } from './dialect.ts';
import { labels } from './labels.ts';
import { migrateSchema, needsMigration } from './migrate-schema.ts';
import { inlinePaths } from './registries/inline.ts';
import { registryPathIn } from './registries/plan.ts';
import { rowOf } from './service.ts';
import { fatalSettings, runcHandlerNames, type WantedSetting, wantedSettings } from './wanted-settings.ts';

export interface ConfigPlan {
  readonly changes: readonly FileChange[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
  /** Handlers whose driver the daemon must show afterwards. */
  readonly handlers: readonly string[];
  /** Where registries must be in force; undefined: the inventory says nothing of them. */
  readonly registryPath: string | undefined;
}

interface LabelledEdit {
  readonly index: number;
  readonly edit: TomlEdit;
  readonly label: string;
}

const refusal = (...refusals: readonly Refusal[]): ConfigPlan => ({
  changes: [],
  refusals,
  originals: {},
  handlers: [],
  registryPath: undefined,
});

/** The smallest edits that put what is desired in force, each in the file that wins, proved by planning again on the result. */
export const planConfig = (
  original: ConfigSet,
  desired: DesiredNode,
  joined: boolean,
  wokenFiles: readonly string[] = [],
  tables: readonly HandlerTable[] = [],
): ConfigPlan => {
  const migration = migrateSchema(original, desired.runtime);
  if (!migration.ok) return refusal(migration.refusal);
  const { set, isMigrated } = migration;
  const choice = chooseDialect(set);
  if (!choice.ok) return refusal(choice.refusal);
  const woken = isMigrated ? wakesOf(original) : choice.dialect.wakes;
  const dialect = { ...choice.dialect, wakes: [...woken, ...wokenFiles] };
  const merged = mergeFiles(set);
  const fatal = fatalSettings(merged, dialect, set, desired.runtime, tables);
  if (fatal.length > 0) return refusal(...fatal);

  const edits = allEdits(set, dialect, desired, tables);
  const edited = set.files.map((config, index) =>
    applyEdits(
      config,
      edits.filter(edit => edit.index === index),
    ),
  );
  const failures = edited.flatMap(result => (result.ok ? [] : [result.refusal]));
  if (failures.length > 0) return refusal(...failures);
  const files = edited.flatMap(result => (result.ok ? [result.config] : []));
  const unproved = prove({ ...set, files, main: files[0] ?? set.main }, desired, tables);
  if (unproved !== undefined) return refusal(unproved);

  const changes = original.files.flatMap((config, index) => {
    const own = edits.filter(edit => edit.index === index).map(({ label }) => label);
    const settings = [...new Set([...(isMigrated ? [labels.version(3)] : []), ...own])];
    const text = files[index]?.text;
    return text === undefined || text === config.text
      ? []
      : [toChange(config, text, settings, dialect, original, joined)];
  });
  return {
    changes: changes.flatMap(change => ('code' in change ? [] : [change])),
    refusals: changes.flatMap(change => ('code' in change ? [change] : [])),
    originals: Object.fromEntries(original.files.map(({ file }) => [file.path, file.text ?? ''])),
    handlers: runcHandlerNames(mergeFiles({ ...set, files }), dialect, set),
    registryPath:
      desired.runtime.registries.length === 0 ? undefined : registryPathIn(mergeFiles({ ...set, files }), dialect),
  };
};

const wakesOf = (set: ConfigSet): readonly string[] => {
  const choice = chooseDialect(set);
  return choice.ok ? choice.dialect.wakes : [];
};

const allEdits = (
  set: ConfigSet,
  dialect: Dialect,
  desired: DesiredNode,
  tables: readonly HandlerTable[],
): readonly LabelledEdit[] => [
  ...versionEdit(dialect),
  ...set.files.flatMap(enableEdit),
  ...(desired.runtime.registries.length === 0 ? [] : movedRegistries(set, dialect)),
  ...wantedSettings(mergeFiles(set), dialect, set, desired.runtime, tables).map(setting =>
    settingEdit(set, dialect, setting),
  ),
];

const versionEdit = ({ addVersion }: Dialect): readonly LabelledEdit[] =>
  addVersion === undefined
    ? []
    : [{ index: 0, edit: { kind: 'set', path: ['version'], value: addVersion }, label: labels.version(addVersion) }];

/** The lists of all files count together, so every file must let CRI be. */
const enableEdit = ({ value }: ConfigFile, index: number): readonly LabelledEdit[] =>
  disabledPlugins(value).some(name => criPluginNames.some(own => own === name))
    ? [
        {
          index,
          edit: { kind: 'remove-items', path: ['disabled_plugins'], items: criPluginNames },
          label: labels.criEnabled,
        },
      ]
    : [];

/** What goes with no config_path. 1.x reads the plugin's table of one file only, what others say is left to rest. */
const movedRegistries = (set: ConfigSet, dialect: Dialect): readonly LabelledEdit[] => {
  const home = homeOf(set, dialect, dialect.images, dialect.images);
  return set.files.flatMap(({ value }, index) =>
    set.major === 1 && index !== home
      ? []
      : inlinePaths(value, dialect.images).map(path => ({
          index,
          edit: { kind: 'remove' as const, path },
          label: labels.registriesMoved,
        })),
  );
};

const settingEdit = (set: ConfigSet, dialect: Dialect, { path, value, label, near }: WantedSetting): LabelledEdit => ({
  index: homeOf(set, dialect, path, near),
  edit: { kind: 'set', path, value },
  label,
});

/** 1.x: the last file with the plugin's table has all of it. 2.x: the last file that sets the key, else the one with its table. */
const homeOf = (
  { files, major }: ConfigSet,
  { runtime }: Dialect,
  path: readonly string[],
  near: readonly string[],
): number => {
  const last = (holds: (config: ConfigFile) => boolean): number => files.findLastIndex(holds);
  if (major === 1)
    return Math.max(
      0,
      last(({ value }) => tableAt(value, runtime) !== undefined),
    );
  const setting = last(({ value }) => valueAt(value, path) !== undefined);
  if (setting >= 0) return setting;
  return Math.max(
    0,
    last(({ value }) => tableAt(value, near) !== undefined),
  );
};

type AppliedEdits =
  | { readonly ok: true; readonly config: ConfigFile }
  | { readonly ok: false; readonly refusal: Refusal };

const applyEdits = (config: ConfigFile, edits: readonly LabelledEdit[]): AppliedEdits => {
  if (edits.length === 0) return { ok: true, config };
  const result = editToml(
    config.text,
    edits.map(({ edit }) => edit),
  );
  if (result.ok) return { ok: true, config: { ...config, text: result.text, value: result.value } };
  const { path } = config.file;
  return {
    ok: false,
    refusal: planRefused(
      `${path}: ${result.problem}`,
      `Set it by hand: ${wordsOf(edits).join(', ')}; then plan again.`,
    ),
  };
};

/** Planning again on the edited files must find nothing to do, or the edit did not put the settings in force. */
const prove = (set: ConfigSet, desired: DesiredNode, tables: readonly HandlerTable[]): Refusal | undefined => {
  const choice = chooseDialect(set);
  const isOld = needsMigration(set, desired.runtime);
  const left = choice.ok ? allEdits(set, choice.dialect, desired, tables) : [];
  if (choice.ok && !isOld && left.length === 0 && set.files.every(({ text }) => parseToml(text).ok)) return undefined;
  return planRefused(
    `editing ${set.main.file.path} would not put in force: ${wordsOf(left).join(', ') || 'the configuration version'}`,
    'This is a case that nodeprep does not know; please report it with the file.',
  );
};

const wordsOf = (edits: readonly LabelledEdit[]): readonly string[] => [...new Set(edits.map(({ label }) => label))];

const toChange = (
  config: ConfigFile,
  text: string,
  settings: readonly string[],
  { wakes }: Dialect,
  set: ConfigSet,
  joined: boolean,
): FileChange | Refusal => {
  const before = pathStateOf(config.file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    const { path, type, linkTarget } = config.file;
    return planRefused(
      `${path} is a ${type}${linkTarget === undefined ? '' : ` to ${linkTarget}`}, which nodeprep does not edit`,
      'Put a regular file in its place, or have what manages the link set the values.',
    );
  }
  const movesDriver = settings.some(label => label.startsWith('SystemdCgroup'));
  const movesDefault = settings.some(label => label.startsWith(handlerLabels.defaultHandlerStart));
  const isMain = config === set.main;
  const woken = isMain && wakes.length > 0 ? `; counts from now on: ${wakes.join(', ')}` : '';
  const base = fileChange(config.file, before, text, {
    summary: `${settings.join(', ')}${woken}`,
    because: movesDriver ? 'kubelet and runtime must use the same cgroup driver' : 'the inventory asks for it',
    phase: 'switch',
    disruption: disruptionOf(
      rowOf({
        driver: movesDriver,
        defaultHandler: movesDefault,
        selinux: settings.some(label => label === labels.selinux(true) || label === labels.selinux(false)),
      }),
      joined,
    ),
    // The version line of a file that is not there yet is no setting of anybody's.
    settings: before.state === 'absent' ? settings.filter(label => !label.startsWith('version')) : settings,
    // The staged copy stands beside the file, so that relative imports still resolve.
    validate: ['containerd', '--config', '{}', 'config', 'dump'],
  });
  return movesDriver || movesDefault ? { ...base, needsNoSandboxes: true } : base;
};
