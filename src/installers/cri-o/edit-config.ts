import { isDeepStrictEqual } from 'node:util';
import type { FileChange } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import { type Disruption, disruptions } from '../../core/result.ts';
import { quote } from '../../core/shell.ts';
import { type Crio, crioDropIn, inWalkOrder } from '../../facts/crio.ts';
import { editToml } from '../../toml/edit.ts';
import { valueAt } from '../../toml/parse.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { HandlerTable } from '../handlers/handler.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type ConfigFile, type ConfigSet, mergeFiles, readConfigSet } from './config-set.ts';
import { handlersPath } from './handlers.ts';
import { type WantedSetting, wantedSettings } from './wanted-settings.ts';

export interface ConfigPlan {
  readonly changes: readonly FileChange[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

const refusal = (...refusals: readonly Refusal[]): ConfigPlan => ({ changes: [], refusals, originals: {} });

/** A drop-in of our own that sorts late; what a file that sorts later still sets is edited there. */
export const planConfig = (
  crio: Crio,
  desired: DesiredNode,
  joined: boolean,
  tables: readonly HandlerTable[] = [],
): ConfigPlan => {
  const read = readConfigSet(crio, inWalkOrder);
  if (!read.ok) return refusal(...read.refusals);
  const { set } = read;
  const wanted = wantedSettings(mergeFiles(set), desired.runtime, tables, crio.version);
  const edited = set.map(config =>
    edit(
      config,
      wanted.filter(setting => homeOf(set, setting) === config),
    ),
  );
  const failures = edited.flatMap(result => ('code' in result ? [result] : []));
  if (failures.length > 0) return refusal(...failures);
  const after = edited.flatMap(result => ('code' in result ? [] : [result]));
  const left = wantedSettings(mergeFiles(after), desired.runtime, tables, crio.version);
  if (left.length > 0) return refusal(unproved(left));
  const changes = set.flatMap((config, index) => {
    const text = after[index]?.text ?? config.text;
    const own = wanted.filter(setting => homeOf(set, setting) === config);
    return own.length === 0 ? [] : [toChange(config, text, own, joined)];
  });
  return {
    changes: changes.flatMap(change => ('code' in change ? [] : [change])),
    refusals: changes.flatMap(change => ('code' in change ? [change] : [])),
    originals: Object.fromEntries(set.map(({ file }) => [file.path, file.text ?? ''])),
  };
};

/** Our own, unless a later one says something else; a handler that is there stays in its file, for a table of ours would replace it. */
export const homeOf = (set: ConfigSet, { path }: WantedSetting): ConfigFile | undefined => {
  const handler = path.slice(0, handlersPath.length + 1);
  const stands = isDeepStrictEqual(handler.slice(0, -1), handlersPath)
    ? set.findLast(({ value }) => valueAt(value, handler) !== undefined)
    : undefined;
  if (stands !== undefined) return stands;
  const own = set.findIndex(({ file }) => file.path === crioDropIn);
  const last = set.findLastIndex(({ value }) => valueAt(value, path) !== undefined);
  return set[Math.max(own, last)];
};

const edit = (config: ConfigFile, settings: readonly WantedSetting[]): ConfigFile | Refusal => {
  if (settings.length === 0) return config;
  const result = editToml(
    config.text,
    settings.map(({ path, value }) => ({ kind: 'set', path, value })),
  );
  if (result.ok) return { ...config, text: result.text, value: result.value };
  return planRefused(
    `${config.file.path}: ${result.problem}`,
    `Set it by hand: ${settings.map(({ label }) => label).join(', ')}; then plan again.`,
  );
};

const unproved = (left: readonly WantedSetting[]): Refusal =>
  planRefused(
    `editing the configuration of CRI-O would not put in force: ${left.map(({ label }) => label).join(', ')}`,
    'This is a case that nodeprep does not know; please report it with the files below /etc/crio.',
  );

const toChange = (
  config: ConfigFile,
  text: string,
  settings: readonly WantedSetting[],
  joined: boolean,
): FileChange | Refusal => {
  const { file } = config;
  const before = pathStateOf(file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    return planRefused(
      `${file.path} is a ${file.type}${file.linkTarget === undefined ? '' : ` to ${file.linkTarget}`}, which nodeprep does not edit`,
      'Put a regular file in its place, or have what manages the link set the values.',
    );
  }
  const movesDriver = settings.some(({ row }) => row === 'cri-o-cgroup-driver');
  const words = [...new Set(settings.map(({ label }) => label))];
  const change = fileChange(file, before, text, {
    summary: words.join(', '),
    because: movesDriver ? 'kubelet and runtime must use the same cgroup driver' : 'the inventory asks for it',
    phase: 'switch',
    disruption: worstOf(settings, joined),
    settings: words,
    validate: ['sh', '-c', acceptedWith(file.path), 'crio config', '{}'],
  });
  const movesDefault = settings.some(({ row }) => row === 'cri-o-default-handler');
  return movesDriver || movesDefault ? { ...change, needsNoSandboxes: true } : change;
};

const worstOf = (settings: readonly WantedSetting[], joined: boolean): Disruption =>
  settings
    .map(({ row }) => disruptionOf(row, joined))
    .reduce((worst, next) => (disruptions.indexOf(next) > disruptions.indexOf(worst) ? next : worst), 'none');

/** `crio config` of a copy of all files with the staged one in its place: beside it, where it stands, CRI-O would read it first. */
const acceptedWith = (
  path: string,
): string => `d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && mkdir "$d/crio.conf.d" || exit
if [ -d /etc/crio/crio.conf.d ]; then cp -R /etc/crio/crio.conf.d/. "$d/crio.conf.d" || exit; fi
rm -f "$d/crio.conf.d/\${1##*/}"
if [ -e /etc/crio/crio.conf ]; then cp /etc/crio/crio.conf "$d" || exit; else : >"$d/crio.conf"; fi
cp "$1" "$d"/${quote(path.replace('/etc/crio/', ''))} && crio --config "$d/crio.conf" --config-dir "$d/crio.conf.d" config`;
