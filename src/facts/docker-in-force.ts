import { known, type Observed, unknown } from '../core/observed.ts';
import { isObject } from '../json/edit.ts';
import { type JsonObject, type JsonValue, parseJson } from '../json/parse.ts';
import type { Cgroups } from './cgroups.ts';
import { criDockerUnit, type Docker, dockerUnit } from './docker.ts';
import { type DockerFlag, dockerFlags, keyOfFlag, mergedKeys } from './docker-flags.ts';
import type { FactValues } from './index.ts';
import type { Service } from './services.ts';
import { type UnitSource, unitCommand } from './unit-command.ts';

export const engineSource = ({ unitFiles }: Docker): UnitSource => ({ unit: dockerUnit, files: unitFiles });
export const criDockerdSource = ({ unitFiles }: Docker): UnitSource => ({ unit: criDockerUnit, files: unitFiles });

/** Flags of the next start; [] where there is no unit. */
export const engineFlags = (docker: Docker): readonly DockerFlag[] =>
  dockerFlags(unitCommand(engineSource(docker)) ?? []);
export const criDockerdFlags = (docker: Docker): readonly DockerFlag[] =>
  dockerFlags(unitCommand(criDockerdSource(docker)) ?? []);

/** Of cri-dockerd since 0.2.5; its help and config/options.go. */
export const defaultNetworkPlugin = 'cni';

export const lastFlag = (flags: readonly DockerFlag[], name: string): DockerFlag | undefined =>
  flags.findLast(flag => flag.name === name);

/** What daemon.json says; `{}` where there is none, as dockerd takes it. The reason names line and column. */
export const daemonConfig = ({ config }: Pick<Docker, 'config'>): Observed<JsonObject> => {
  if (config.type === 'absent') return known({});
  if (config.text === undefined) return unknown(`${config.path} is not a text file that can be read`);
  if (config.text.trim() === '') return known({});
  const parsed = parseJson(config.text);
  if (!parsed.ok) {
    const { line, column, message } = parsed.problem;
    return unknown(`${config.path}:${line}:${column}: ${message}`);
  }
  const { value } = parsed.document;
  return isObject(value) ? known(value) : unknown(`${config.path}:1:1: an object in braces is expected`);
};

export interface FlagConflict {
  readonly key: string;
  readonly flag: DockerFlag;
}

/** Keys that the unit gives as flags too: dockerd refuses to start on them. */
export const flagConflicts = (config: JsonObject, flags: readonly DockerFlag[]): readonly FlagConflict[] =>
  Object.keys(config)
    .filter(key => !mergedKeys.includes(key))
    .flatMap(key => {
      const flag = flags.find(({ name }) => keyOfFlag(name) === key);
      return flag === undefined ? [] : [{ key, flag }];
    });

const driverOption = /^\s*native\.cgroupdriver\s*=\s*(\S+)/i;

/** Values of native.cgroupdriver, in order. */
export const driverOptions = (options: JsonValue | undefined): readonly string[] =>
  Array.isArray(options) ? options.flatMap(option => driverOf(option)) : [];

const driverOf = (option: unknown): readonly string[] => {
  const found = typeof option === 'string' ? driverOption.exec(option)?.[1] : undefined;
  return found === undefined ? [] : [found];
};

export const isDriverOption = (option: JsonValue): boolean => driverOf(option).length > 0;

/**
 * The driver of the next start. Without the option systemd on cgroup v2, where systemd is init, else cgroupfs (moby,
 * daemon_unix.go, the same from 20.10 to 29).
 */
export const nextDriver = (config: JsonObject, flags: readonly DockerFlag[], { version }: Pick<Cgroups, 'version'>) => {
  const given = flags.filter(({ name }) => name === 'exec-opt').map(({ value }) => value);
  const stated = [...driverOptions(config['exec-opts']), ...driverOptions(given)].at(0);
  return stated ?? (version === 'v2' ? 'systemd' : 'cgroupfs');
};

export const labelsKey = 'selinux-enabled';

/** Whether containers get SELinux labels at the next start. Off by default; SUSE's package turns it on. */
export const givesLabels = (config: JsonObject, flags: readonly DockerFlag[]): boolean => {
  const flag = lastFlag(flags, labelsKey);
  return flag === undefined ? config[labelsKey] === true : flag.value !== 'false';
};

/** dockerd reads it at its start and at a reload; systemd tells of both in whole seconds. */
export const isUnread = (
  { config }: Pick<Docker, 'config'>,
  { changedAtSeconds, startedAtSeconds }: Pick<Service, 'changedAtSeconds' | 'startedAtSeconds'>,
): boolean => config.type !== 'absent' && Math.floor(config.mtimeSeconds) > (changedAtSeconds ?? startedAtSeconds ?? 0);

/** The running engine tells it to its own clients only; believed is what it must have read. */
export const labelsInForce = ({ docker, services }: Pick<FactValues, 'docker' | 'services'>): Observed<boolean> => {
  const engine = services[dockerUnit];
  if (engine === undefined || isUnread(docker, engine))
    return unknown(`${docker.config.path} is newer than the running dockerd, so it does not tell what is in force`);
  const config = daemonConfig(docker);
  return config.known
    ? known(givesLabels(config.value, dockerFlags(docker.engineArgv.map(text => ({ text, place: '' })))))
    : config;
};

/** Whether they do once the engine has read that. */
const keepsContainers = (config: JsonObject, flags: readonly DockerFlag[]): boolean =>
  config['live-restore'] === true || lastFlag(flags, 'live-restore')?.value === 'true';

/** Whether containers outlive a restart of the engine: live-restore counts where the running one has read it. */
export const outlivesRestart = ({ docker, services }: Pick<FactValues, 'docker' | 'services'>): boolean => {
  const config = daemonConfig(docker);
  const startedAt = services[dockerUnit]?.startedAtSeconds ?? null;
  const isNewer = startedAt === null || docker.config.mtimeSeconds > startedAt;
  return config.known && !isNewer && keepsContainers(config.value, engineFlags(docker));
};
