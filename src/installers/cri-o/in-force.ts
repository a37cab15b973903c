import { readStatusConfig } from '../../core/containerd-config.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import type { CriAnswers } from '../../facts/cri.ts';
import type { Crio } from '../../facts/crio.ts';
import type { Service } from '../../facts/services.ts';
import { hasDirectory } from './wanted-settings.ts';

export const crioSocket = '/run/crio/crio.sock';

/** What runs and is not as desired, or cannot be told (design 3.4), and what it takes. */
export interface Gap {
  readonly reason: string;
  readonly driver: boolean;
  readonly action: 'reload' | 'restart';
  /** Pods that name no handler would be handled by another one. */
  readonly defaultHandler?: true;
  /** Containers would be labelled otherwise. */
  readonly selinux?: true;
}

export interface RunningCrio {
  readonly crio: Crio;
  readonly unit: Service;
  readonly cri: CriAnswers;
  /** This plan writes another word on SELinux. */
  readonly relabels?: boolean;
}

const restart = (reason: string, driver = false): Gap => ({ reason, driver, action: 'restart' });

/** From observed state only, so that a run that was killed between write and restart leaves exactly the restart to do. */
export const gapsInForce = (running: RunningCrio, desired: DesiredRuntime): readonly Gap[] => {
  const { crio, unit, cri } = running;
  const answer = cri[crioSocket];
  const told = crio.inForce;
  const status = answer?.answered ? answer : undefined;
  const driver = status?.cgroupDriver ?? told?.cgroupManager;
  if (driver === undefined) {
    const why = answer === undefined ? `nothing listens at ${crioSocket}` : answer.answered ? '' : answer.reason;
    return [restart(`the running CRI-O does not tell its cgroup driver${why === '' ? '' : `: ${why}`}`, true)];
  }
  const image = readStatusConfig(status?.config).sandboxImage ?? told?.pauseImage;
  return [
    ...(unit.mainPid > 0 && crio.replacedPids.includes(unit.mainPid)
      ? [restart(`another version than ${crio.version ?? 'the installed one'} is still running`)]
      : []),
    ...(driver === desired.cgroupDriver
      ? []
      : [restart(`cgroup driver in force is ${driver}, not ${desired.cgroupDriver}`, true)]),
    ...(image === desired.sandboxImage
      ? []
      : [reloads(`sandbox image in force is ${image ?? 'not told'}, not ${desired.sandboxImage}`)]),
    ...pluginGap(running, desired.cniBinDir),
    ...selinuxGap(running, desired),
    ...handlerGaps(running, desired),
  ];
};

const reloads = (reason: string): Gap => ({ reason, driver: false, action: 'reload' });

/** Read at its start only. A daemon too old to tell has read what is not newer than itself. */
const pluginGap = (running: RunningCrio, wanted: string | undefined): readonly Gap[] => {
  if (wanted === undefined) return [];
  const told = running.crio.inForce?.pluginDirs;
  if (told === undefined) {
    return isOlderThanFiles(running)
      ? [restart('the running CRI-O does not tell its CNI plugin directory, and is older than its files')]
      : [];
  }
  return hasDirectory(told, wanted)
    ? []
    : [restart(`CNI plugin directory in force is ${told.join(':') || 'none'}, not ${wanted}`)];
};

/** What is told is no reason by itself: where the host has no SELinux, it is off whatever the files say. */
const selinuxGap = (running: RunningCrio, { selinux }: DesiredRuntime): readonly Gap[] => {
  const told = running.crio.inForce?.selinux;
  if (selinux === undefined || told === selinux || !(running.relabels === true || isOlderThanFiles(running))) return [];
  return [{ ...restart(`selinux in force is ${told ?? 'not told'}, not ${selinux}`), selinux: true }];
};

const isOlderThanFiles = ({ crio, unit }: RunningCrio): boolean =>
  [crio.config, ...crio.dropIns].some(
    ({ type, mtimeSeconds }) => type !== 'absent' && Math.floor(mtimeSeconds) > (unit.startedAtSeconds ?? 0),
  );

/** A reload takes new handlers too, but without their monitor. */
const handlerGaps = ({ crio: { inForce } }: RunningCrio, desired: DesiredRuntime): readonly Gap[] => {
  const { handlers = [], defaultHandler } = desired;
  const told = inForce?.handlers ?? [];
  const missing = handlers.filter(name => !told.includes(name));
  const found = inForce?.defaultHandler;
  return [
    ...missing.map(name => restart(`the handler ${name} is not in force`)),
    ...(defaultHandler === undefined || found === defaultHandler
      ? []
      : [
          {
            ...restart(`the default handler in force is ${found ?? 'not told'}, not ${defaultHandler}`),
            defaultHandler: true as const,
          },
        ]),
  ];
};
