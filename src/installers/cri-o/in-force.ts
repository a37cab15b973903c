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
}

export interface RunningCrio {
  readonly crio: Crio;
  readonly unit: Service;
  readonly cri: CriAnswers;
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
  const image = told?.pauseImage;
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
    ...pluginGap(told?.pluginDirs ?? [], desired.cniBinDir),
  ];
};

const reloads = (reason: string): Gap => ({ reason, driver: false, action: 'reload' });

/** Read at its start only. */
const pluginGap = (found: readonly string[], wanted: string | undefined): readonly Gap[] =>
  wanted === undefined || hasDirectory(found, wanted)
    ? []
    : [restart(`CNI plugin directory in force is ${found.join(':') || 'not told'}, not ${wanted}`)];
