import type { FileChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import type { Cgroups } from '../../facts/cgroups.ts';
import { type Docker, dockerConfigPath, dockerUnit } from '../../facts/docker.ts';
import { type DockerFlag, keyOfFlag } from '../../facts/docker-flags.ts';
import {
  daemonConfig,
  driverOptions,
  engineFlags,
  engineSource,
  flagConflicts,
  givesLabels,
  isDriverOption,
  isUnread,
  labelsKey,
  lastFlag,
  nextDriver,
} from '../../facts/docker-in-force.ts';
import type { Service } from '../../facts/services.ts';
import { unitCommand } from '../../facts/unit-command.ts';
import { editJson, type JsonEdit } from '../../json/edit.ts';
import type { JsonObject, JsonValue } from '../../json/parse.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { labels } from './labels.ts';
import { registryEdits, unableRegistries } from './registries.ts';

export interface DaemonPlan {
  readonly changes: readonly FileChange[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

const refuse = (message: string, hint: string): DaemonPlan => ({
  changes: [],
  refusals: [planRefused(message, hint)],
  originals: {},
});

/** Single keys and options in the daemon.json that the user has; everything else in it stays as it is, text included. */
export const planDaemonConfig = (
  docker: Docker,
  cgroups: Cgroups,
  desired: DesiredRuntime,
  joined: boolean,
): DaemonPlan => {
  const flags = engineFlags(docker);
  const elsewhere = lastFlag(flags, 'config-file');
  if (elsewhere !== undefined && elsewhere.value !== dockerConfigPath) {
    return refuse(
      `${elsewhere.place} has dockerd read ${elsewhere.value} instead of ${dockerConfigPath}`,
      `Move that file to ${dockerConfigPath} and take --config-file out of the unit.`,
    );
  }
  const config = daemonConfig(docker);
  if (!config.known)
    return refuse(config.reason, 'dockerd does not start on it either: mend the file, then plan again.');
  const conflicts = flagConflicts(config.value, flags);
  if (conflicts.length > 0) return { changes: [], refusals: conflicts.map(conflictRefusal), originals: {} };
  const unable = unableRegistries(desired);
  if (unable.length > 0) return { changes: [], refusals: unable, originals: {} };
  const wishes = [
    ...driverWish(config.value, flags, cgroups, desired),
    ...registryWishes(config.value, flags, desired),
    ...selinuxWish(config.value, flags, desired),
  ];
  const [barred] = wishes.flatMap(({ key, label }) => {
    const flag = flags.find(({ name }) => keyOfFlag(name) === key);
    return flag === undefined ? [] : [{ flag, label, key }];
  });
  if (barred !== undefined) {
    const { flag, label, key } = barred;
    return refuse(
      `${flag.place} gives dockerd --${flag.name} ${flag.value}, so ${dockerConfigPath} cannot say ${label}: dockerd refuses to start on both`,
      `Move the option to "${key}" in ${dockerConfigPath}, or write what is asked for where the flag stands; then plan again.`,
    );
  }
  return wishes.length === 0 ? { changes: [], refusals: [], originals: {} } : edit(docker, wishes, joined);
};

/** One key that must hold something else. */
interface Wish {
  readonly key: string;
  readonly label: string;
  /** In the words of the file, for people who must do it by hand. */
  readonly byHand: string;
  /** undefined: what stands there cannot take it. */
  readonly edit: JsonEdit | undefined;
  readonly movesDriver: boolean;
  /** It counts from the next start on only. */
  readonly needsRestart?: true;
  holds(config: JsonObject): boolean;
}

const driverWish = (
  config: JsonObject,
  flags: readonly DockerFlag[],
  cgroups: Cgroups,
  desired: DesiredRuntime,
): readonly Wish[] => {
  if (nextDriver(config, flags, cgroups) === desired.cgroupDriver) return [];
  const label = labels.driver(desired);
  return [
    {
      key: 'exec-opts',
      label,
      byHand: `"exec-opts": ["${label}"]`,
      edit: driverEdit(config['exec-opts'], label),
      movesDriver: true,
      holds: value => driverOptions(value['exec-opts']).join() === desired.cgroupDriver,
    },
  ];
};

const registryWishes = (config: JsonObject, flags: readonly DockerFlag[], desired: DesiredRuntime): readonly Wish[] => {
  const given = ['registry-mirror', 'insecure-registry'].flatMap(name => {
    const values = flags.filter(flag => flag.name === name).map(({ value }) => value);
    return values.length === 0 ? [] : [[keyOfFlag(name), values] as const];
  });
  return registryEdits({ ...config, ...Object.fromEntries(given) }, desired).map(wanted => {
    const [key] = wanted.path;
    const label = labels.registries(key);
    const holds = (value: JsonObject): boolean => registryEdits(value, desired).every(({ path }) => path[0] !== key);
    return { key, label, byHand: `"${key}": ${JSON.stringify(wanted.value)}`, edit: wanted, movesDriver: false, holds };
  });
};

const selinuxWish = (
  config: JsonObject,
  flags: readonly DockerFlag[],
  { selinux }: DesiredRuntime,
): readonly Wish[] => {
  if (selinux === undefined || givesLabels(config, flags) === selinux) return [];
  const label = labels.selinux(selinux);
  return [
    {
      key: labelsKey,
      label,
      byHand: label,
      edit: { path: [labelsKey], value: selinux },
      movesDriver: false,
      needsRestart: true,
      holds: value => value[labelsKey] === selinux,
    },
  ];
};

/** dockerd says nowhere what it runs with, so what is written and not read yet counts: a run may have been killed in between. */
export const unreadLabels = (
  { docker, engine }: { readonly docker: Docker; readonly engine: Service },
  desired: DesiredRuntime,
): readonly string[] => {
  const config = daemonConfig(docker);
  if (desired.selinux === undefined || !config.known) return [];
  const isWished = selinuxWish(config.value, engineFlags(docker), desired).length > 0;
  return isWished || isUnread(docker, engine)
    ? [`${dockerConfigPath} says whether containers are labelled, which dockerd reads at its start`]
    : [];
};

const conflictRefusal = ({ key, flag }: ReturnType<typeof flagConflicts>[number]): Refusal =>
  planRefused(
    `${dockerConfigPath} has the key "${key}", and ${flag.place} gives dockerd --${flag.name}: dockerd refuses to start on both`,
    `Keep one of the two: take the key out of ${dockerConfigPath}, or the flag out of the unit (systemctl edit ${dockerUnit}).`,
  );

const edit = (docker: Docker, wishes: readonly Wish[], joined: boolean): DaemonPlan => {
  const { config: file } = docker;
  const before = pathStateOf(file);
  const byHand = wishes.map(wish => wish.byHand).join(', ');
  if (before?.state !== 'file' && before?.state !== 'absent') {
    const link = file.linkTarget === undefined ? '' : ` to ${file.linkTarget}`;
    return refuse(
      `${file.path} is a ${file.type}${link}, which nodeprep does not edit`,
      `Put a regular file in its place, or set ${byHand} there.`,
    );
  }
  const edits = wishes.flatMap(wish => wish.edit ?? []);
  const edited = edits.length < wishes.length ? undefined : editJson(file.text ?? '', edits);
  const value = edited?.ok ? edited.value : {};
  if (edited === undefined || !edited.ok || wishes.some(({ holds }) => !holds(value))) {
    return refuse(
      `${file.path}: ${wishes.map(({ key }) => `"${key}"`).join(', ')} cannot be changed in place`,
      `Write ${byHand} by hand, then plan again.`,
    );
  }
  const movesDriver = wishes.some(wish => wish.movesDriver);
  const change = fileChange(file, before, edited.text, {
    summary: wishes.map(({ label }) => label).join(', '),
    because: movesDriver ? 'kubelet and runtime must use the same cgroup driver' : 'the inventory asks for it',
    phase: 'switch',
    disruption: disruptionOf(
      rowOf(
        movesDriver,
        wishes.some(({ needsRestart }) => needsRestart),
      ),
      joined,
    ),
    settings: wishes.map(({ label }) => label),
    ...(movesDriver ? { needsNoSandboxes: true } : {}),
    ...validation(docker),
  });
  return { changes: [change], refusals: [], originals: { [file.path]: file.text ?? '' } };
};

const rowOf = (movesDriver: boolean, needsRestart: boolean) => {
  if (movesDriver) return 'docker-cgroup-driver';
  return needsRestart ? 'docker-selinux' : 'docker-registries';
};

/** The one option of its name, others stay; several are one afterwards, since only the first of them counts. */
const driverEdit = (options: JsonValue | undefined, option: string): JsonEdit | undefined => {
  if (options === undefined) return { path: ['exec-opts'], value: [option] };
  if (!Array.isArray(options)) return undefined;
  const all = options as readonly JsonValue[];
  const places = all.flatMap((item, index) => (isDriverOption(item) ? [index] : []));
  const [first = all.length] = places;
  if (places.length <= 1) return { path: ['exec-opts', first], value: option };
  const kept = all.filter((_, index) => !places.includes(index) || index === first);
  return { path: ['exec-opts'], value: kept.map(item => (isDriverOption(item) ? option : item)) };
};

/** With the flags of the unit, so that dockerd itself sees what contradicts them. What systemd would fill in cannot be passed. */
const validation = (docker: Docker): { readonly validate?: readonly string[] } => {
  if (docker.engineVersion === undefined || !isAtLeast(docker.engineVersion, '23.0')) return {};
  const words = (unitCommand(engineSource(docker)) ?? []).slice(1).map(({ text }) => text);
  const flags = words.some(word => /[%${}]/.test(word)) ? [] : words;
  return { validate: ['dockerd', ...flags, '--validate', '--config-file', '{}'] };
};
