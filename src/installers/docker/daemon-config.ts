import type { FileChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import type { Cgroups } from '../../facts/cgroups.ts';
import { type Docker, dockerConfigPath, dockerUnit } from '../../facts/docker.ts';
import {
  daemonConfig,
  driverOptions,
  engineFlags,
  engineSource,
  flagConflicts,
  isDriverOption,
  lastFlag,
  nextDriver,
} from '../../facts/docker-in-force.ts';
import { unitCommand } from '../../facts/unit-command.ts';
import { editJson, type JsonEdit } from '../../json/edit.ts';
import type { JsonObject, JsonValue } from '../../json/parse.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { labels } from './labels.ts';

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

/** One option of one list, in the daemon.json that the user has; everything else in it stays as it is, text included. */
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
  if (nextDriver(config.value, flags, cgroups) === desired.cgroupDriver)
    return { changes: [], refusals: [], originals: {} };

  const flag = lastFlag(flags, 'exec-opt');
  if (flag !== undefined) {
    return refuse(
      `${flag.place} gives dockerd --exec-opt ${flag.value}, so ${dockerConfigPath} cannot say ${labels.driver(desired)}: dockerd refuses to start on both`,
      `Move the option to "exec-opts" in ${dockerConfigPath}, or write ${labels.driver(desired)} where the flag stands; then plan again.`,
    );
  }
  return edit(docker, config.value, desired, joined);
};

const conflictRefusal = ({ key, flag }: ReturnType<typeof flagConflicts>[number]): Refusal =>
  planRefused(
    `${dockerConfigPath} has the key "${key}", and ${flag.place} gives dockerd --${flag.name}: dockerd refuses to start on both`,
    `Keep one of the two: take the key out of ${dockerConfigPath}, or the flag out of the unit (systemctl edit ${dockerUnit}).`,
  );

const edit = (docker: Docker, config: JsonObject, desired: DesiredRuntime, joined: boolean): DaemonPlan => {
  const { config: file } = docker;
  const wanted = driverEdit(config['exec-opts'], labels.driver(desired));
  const before = pathStateOf(file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    const link = file.linkTarget === undefined ? '' : ` to ${file.linkTarget}`;
    return refuse(
      `${file.path} is a ${file.type}${link}, which nodeprep does not edit`,
      `Put a regular file in its place, or set "exec-opts": ["${labels.driver(desired)}"] there.`,
    );
  }
  const edited = wanted === undefined ? undefined : editJson(file.text ?? '', [wanted]);
  if (edited === undefined || !edited.ok || driverOptions(edited.value['exec-opts']).join() !== desired.cgroupDriver) {
    return refuse(
      `${file.path}: "exec-opts" cannot be changed in place`,
      `Write "exec-opts": ["${labels.driver(desired)}"] by hand, then plan again.`,
    );
  }
  const change = fileChange(file, before, edited.text, {
    summary: labels.driver(desired),
    because: 'kubelet and runtime must use the same cgroup driver',
    phase: 'switch',
    disruption: disruptionOf('docker-cgroup-driver', joined),
    settings: [labels.driver(desired)],
    needsNoSandboxes: true,
    ...validation(docker),
  });
  return { changes: [change], refusals: [], originals: { [file.path]: file.text ?? '' } };
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
