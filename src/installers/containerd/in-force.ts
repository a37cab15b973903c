import { type ContainerdConfig, type RuntimeHandler, readStatusConfig } from '../../core/containerd-config.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { hasHandler } from '../../core/handlers.ts';
import type { Containerd } from '../../facts/containerd.ts';
import { configOnDisk, containerdSocket, filesNewerThan } from '../../facts/containerd-in-force.ts';
import { type CriAnswers, servesNoCri } from '../../facts/cri.ts';
import type { Service } from '../../facts/services.ts';

export interface RunningContainerd {
  readonly containerd: Containerd;
  readonly unit: Service;
  readonly cri: CriAnswers;
  /** This plan writes a file of the configuration: afterwards the dump proves nothing until a restart. */
  readonly writes: boolean;
  /** Directory of registries that must be in force; undefined: not ours to say. */
  readonly registryPath?: string | undefined;
}

/** What runs and is not as desired, or cannot be told: each is a reason to restart (design 3.4). */
export interface Gap {
  readonly reason: string;
  readonly driver: boolean;
  /** Pods that name no handler would be handled by another one. */
  readonly defaultHandler?: true;
  /** Containers would be labelled otherwise. */
  readonly selinux?: true;
}

/** From observed state only, so that a run that was killed between write and restart leaves exactly the restart to do. */
export const gapsInForce = (
  running: RunningContainerd,
  handlers: readonly string[],
  desired: DesiredRuntime,
): readonly Gap[] => {
  const answer = running.cri[containerdSocket];
  const status = answer?.answered ? readStatusConfig(answer.config) : undefined;
  const dump = believedDump(running);
  if (servesNoCri(answer)) {
    // Sandboxes of an earlier daemon may still run by a driver that only a believed dump tells.
    const driver = driverGaps(dump?.handlers, handlers, desired, running).length > 0;
    return [{ reason: 'the running containerd serves no CRI', driver }];
  }
  const fromStatus = status !== undefined && status.handlers.length > 0 ? status.handlers : undefined;
  const gaps = [
    ...programGap(running),
    ...driverGaps(fromStatus ?? dump?.handlers, handlers, desired, running),
    ...valueGap('sandbox image', status?.sandboxImage ?? dump?.sandboxImage, desired.sandboxImage, running),
    ...handlerGaps(fromStatus === undefined ? dump : status, desired, running),
    ...(desired.cniBinDir === undefined ? [] : cniGap(dump, desired.cniBinDir, running)),
    ...selinuxGap(status?.selinux ?? dump?.selinux, desired, running),
    ...(running.registryPath === undefined
      ? []
      : valueGap(
          'directory of registries',
          status?.registryPath ?? dump?.registry.configPath,
          running.registryPath,
          running,
        )),
  ];
  const needsDump =
    fromStatus === undefined ||
    status?.sandboxImage === undefined ||
    desired.cniBinDir !== undefined ||
    (desired.selinux !== undefined && status.selinux === undefined) ||
    (running.registryPath !== undefined && status.registryPath === undefined);
  return gaps.length === 0 && running.writes && needsDump ? [provedByRestart] : gaps;
};

/** A package that was upgraded where packages must not restart services (policy-rc.d). */
const programGap = ({ containerd, unit }: RunningContainerd): readonly Gap[] =>
  unit.mainPid > 0 && containerd.replacedPids.includes(unit.mainPid)
    ? [{ reason: `another version than ${containerd.version ?? 'the installed one'} is still running`, driver: false }]
    : [];

/** What runs is right, but once the file is newer than the daemon nothing can show it any more. */
const provedByRestart: Gap = {
  reason: 'what is in force shows only once containerd has read the new file',
  driver: false,
};

const driverGaps = (
  told: readonly RuntimeHandler[] | undefined,
  names: readonly string[],
  desired: DesiredRuntime,
  running: RunningContainerd,
): readonly Gap[] => {
  if (told === undefined) return [{ reason: untold('cgroup driver', running), driver: true }];
  const wanted = desired.cgroupDriver === 'systemd';
  return names.flatMap(name => {
    const handler = told.find(other => other.name === name);
    // One of the inventory's that the daemon does not have yet has no sandbox: see handlerGaps.
    if (handler?.systemdCgroup === wanted || (handler === undefined && isAwaited(desired, name))) return [];
    const runs = handler === undefined ? 'not there' : handler.systemdCgroup ? 'systemd' : 'cgroupfs';
    return [{ reason: `cgroup driver in force for ${name} is ${runs}, not ${desired.cgroupDriver}`, driver: true }];
  });
};

const isAwaited = ({ handlers = [] }: DesiredRuntime, name: string): boolean => handlers.some(own => own === name);

const handlerGaps = (
  told: Pick<ContainerdConfig, 'handlers' | 'defaultHandler'> | undefined,
  desired: DesiredRuntime,
  running: RunningContainerd,
): readonly Gap[] => {
  const { handlers = [], defaultHandler } = desired;
  if (handlers.length === 0) return [];
  if (told === undefined) return [{ reason: untold('handlers', running), driver: false }];
  const isOther = defaultHandler !== undefined && told.defaultHandler !== defaultHandler;
  return [
    ...handlers
      .filter(name => !hasHandler(told.handlers, name))
      .map(name => ({ reason: `the handler ${name} is not in force`, driver: false })),
    ...(isOther
      ? [
          {
            reason: `the default handler in force is ${told.defaultHandler || 'not told'}, not ${defaultHandler}`,
            driver: false,
            defaultHandler: true as const,
          },
        ]
      : []),
  ];
};

const valueGap = (
  what: string,
  found: string | undefined,
  wanted: string,
  running: RunningContainerd,
): readonly Gap[] => {
  if (found === wanted) return [];
  const reason = found === undefined ? untold(what, running) : `${what} in force is ${found || 'none'}, not ${wanted}`;
  return [{ reason, driver: false }];
};

const selinuxGap = (
  found: boolean | undefined,
  { selinux }: DesiredRuntime,
  running: RunningContainerd,
): readonly Gap[] =>
  selinux === undefined
    ? []
    : valueGap('enable_selinux', found?.toString(), String(selinux), running).map(gap => ({ ...gap, selinux: true }));

const cniGap = (dump: ContainerdConfig | undefined, wanted: string, running: RunningContainerd): readonly Gap[] =>
  dump?.cniBinDirs.includes(wanted) === true
    ? []
    : valueGap('CNI plugin directory', dump?.cniBinDirs.join(':'), wanted, running);

/** The dump says what is on disk; it is what runs only if no file is newer than the daemon. */
const believedDump = (running: RunningContainerd): ContainerdConfig | undefined => {
  const config = configOnDisk(running.containerd);
  return config.known && newerFiles(running).length === 0 ? config.value : undefined;
};

const newerFiles = ({ containerd, unit }: RunningContainerd): readonly string[] =>
  filesNewerThan(unit.startedAtSeconds, containerd);

const untold = (what: string, running: RunningContainerd): string => {
  const newer = newerFiles(running);
  return newer.length > 0
    ? `the ${what} in force cannot be told: ${newer.join(', ')} is newer than the running containerd`
    : `the ${what} in force cannot be told: ${running.containerd.dumpError ?? 'containerd config dump does not name it'}`;
};
