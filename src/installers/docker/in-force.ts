import { readStatusConfig } from '../../core/containerd-config.ts';
import { criSocketOf } from '../../core/cri-endpoint.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { isSameLine } from '../../core/versions.ts';
import type { Cgroups } from '../../facts/cgroups.ts';
import type { CriAnswers } from '../../facts/cri.ts';
import { criDockerUnit, type Docker, dockerConfigPath, dockerUnit } from '../../facts/docker.ts';
import { dockerFlags } from '../../facts/docker-flags.ts';
import { daemonConfig, engineFlags, isUnread, nextDriver } from '../../facts/docker-in-force.ts';
import type { Service } from '../../facts/services.ts';
import { isMissing, wantedFlags } from './cri-dockerd-flags.ts';
import { unreadLabels } from './daemon-config.ts';
import { registryEdits } from './registries.ts';

export interface RunningDocker {
  readonly docker: Docker;
  readonly cgroups: Cgroups;
  readonly engine: Service;
  readonly bridge: Service;
  readonly cri: CriAnswers;
}

/** Reasons to restart, from observed state only: what runs and is not as desired, or cannot be told (design 3.4). */
export interface DockerGaps {
  readonly engine: readonly string[];
  /** Its program alone is another one. */
  readonly replaced: readonly string[];
  /** cri-dockerd keeps what it learns of the engine at its start, so it follows the engine. */
  readonly bridge: readonly string[];
}

export const dockerGaps = (running: RunningDocker, desired: DesiredRuntime): DockerGaps => {
  const engine = [...driverGap(running, desired), ...unreadLabels(running, desired)];
  const replaced = replacedGap(running, dockerUnit);
  const bridge = [
    ...engine,
    ...replaced,
    ...replacedGap(running, criDockerUnit),
    ...answerGap(running),
    ...imageGap(running, desired),
    ...flagGaps(running, desired),
  ];
  return { engine, replaced, bridge };
};

/** Whether the installed engine is of the release line that runs, as live-restore needs it: docs.docker.com/engine/daemon/live-restore. */
export const isPatchOfRunning = ({
  docker: { engineVersion },
  cri,
}: Pick<RunningDocker, 'docker' | 'cri'>): boolean => {
  const answer = answerOf({ cri });
  return answer?.answered === true && isSameLine(answer.runtimeVersion, engineVersion);
};

/** A package that was upgraded where packages must not restart services, or an archive, which restarts nothing. */
const replacedGap = ({ docker }: RunningDocker, unit: string): readonly string[] =>
  docker.replaced.includes(unit) ? [`another version than the installed one is still running as ${unit}`] : [];

/** It reads them again on a reload only. What it was reloaded for otherwise counts too, so that a run that was killed in between loses nothing. */
export const unreadRegistries = (
  docker: Docker,
  engine: Service,
  desired: Pick<DesiredRuntime, 'registries'>,
): readonly string[] => {
  const config = daemonConfig(docker);
  if (!desired.registries.some(({ mirrors, skipVerify }) => mirrors.length > 0 || skipVerify !== undefined)) return [];
  const isWritten = config.known && registryEdits(config.value, desired).length > 0;
  return isWritten || isUnread(docker, engine)
    ? [`${dockerConfigPath} has been written since dockerd read its registries`]
    : [];
};

const answerOf = ({ cri }: Pick<RunningDocker, 'cri'>) => cri[criSocketOf('docker')];

const driverGap = (running: RunningDocker, desired: DesiredRuntime): readonly string[] => {
  const told = toldDriver(running);
  if (told === desired.cgroupDriver) return [];
  if (told !== undefined) return [`cgroup driver in force is ${told}, not ${desired.cgroupDriver}`];
  return [`the cgroup driver in force cannot be told: ${dockerConfigPath} is newer than the running dockerd`];
};

/** By the engine through cri-dockerd; where that does not answer, by the file that the engine must have read. */
const toldDriver = (running: RunningDocker): string | undefined => {
  const answer = answerOf(running);
  if (answer?.answered && answer.cgroupDriver !== null && !isStale(running)) return answer.cgroupDriver;
  const { docker, engine, cgroups } = running;
  const config = daemonConfig(docker);
  // systemd tells the start in whole seconds.
  const written = docker.config.type === 'absent' ? 0 : Math.floor(docker.config.mtimeSeconds);
  const isNewer = written > (engine.startedAtSeconds ?? 0);
  return isNewer || !config.known ? undefined : nextDriver(config.value, engineFlags(docker), cgroups);
};

/** The engine was restarted since cri-dockerd asked it. */
const isStale = ({ engine, bridge }: RunningDocker): boolean =>
  engine.startedAtSeconds !== null &&
  bridge.startedAtSeconds !== null &&
  engine.startedAtSeconds > bridge.startedAtSeconds;

const answerGap = (running: RunningDocker): readonly string[] => {
  const answer = answerOf(running);
  if (isStale(running)) return ['dockerd was restarted since cri-dockerd asked it for its cgroup driver'];
  return answer?.answered === false ? [`cri-dockerd does not serve CRI: ${answer.reason}`] : [];
};

const imageGap = (running: RunningDocker, { sandboxImage }: DesiredRuntime): readonly string[] => {
  const answer = answerOf(running);
  const found = answer?.answered ? readStatusConfig(answer.config).sandboxImage : undefined;
  if (found === undefined || found === sandboxImage) return [];
  return [`sandbox image in force is ${found}, not ${sandboxImage}`];
};

/** What CRI does not show: the command line of the process. */
const flagGaps = ({ docker }: RunningDocker, desired: DesiredRuntime): readonly string[] => {
  const flags = dockerFlags(docker.criDockerdArgv.map(text => ({ text, place: '' })));
  return wantedFlags(desired)
    .filter(({ name }) => name !== 'pod-infra-container-image')
    .filter(flag => docker.criDockerdArgv.length > 0 && isMissing(flags, flag))
    .map(({ name, value }) => `cri-dockerd runs without --${name}=${value}`);
};
