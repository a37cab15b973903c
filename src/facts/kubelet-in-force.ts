import { runtimeUnitAt, socketPath } from '../core/cri-endpoint.ts';
import { known, type Observed, unknown } from '../core/observed.ts';
import { isAtLeast } from '../core/versions.ts';
import type { CriAnswer, CriAnswers } from './cri.ts';
import type { CgroupRoot, Kubelet, KubeletProcess } from './kubelet.ts';
import { type CommandWord, environmentFiles, isKubelet, nextCommand, unitFiles } from './kubelet-command.ts';
import { configFiles } from './kubelet-config.ts';
import { type KubeletFlag, kubeletFlags } from './kubelet-flags.ts';
import { type KubeletSettings, kubeletSettings } from './kubelet-settings.ts';
import type { Services } from './services.ts';
import { environmentAssignments } from './systemd-words.ts';

/**
 * What a running kubelet uses, and what it would use after a restart (design 3.4). Checks judge by it and installers plan by it,
 * so that the two never disagree.
 */
export type CgroupDriver = 'systemd' | 'cgroupfs';

/** Flags of the next start; unknown where the unit starts something that cannot be read, such as a wrapper. */
export const nextFlags = (kubelet: Kubelet): Observed<readonly KubeletFlag[]> => {
  const words = nextCommand(kubelet);
  return words === undefined
    ? unknown('kubelet.service does not start the kubelet by its name, so its next flags cannot be told')
    : known(kubeletFlags(words));
};

/** Variables that kubeadm and its packages give the kubelet flags by, kubeadm's own record first. */
export const flagVariables = ['KUBELET_KUBEADM_ARGS', 'KUBELET_EXTRA_ARGS'] as const;

/** Where a flag that nobody has said yet can be said: an environment file of the unit with such a variable. */
export const pauseFlagHome = (kubelet: Kubelet): string | undefined =>
  flagVariables
    .flatMap(variable =>
      environmentFiles(kubelet).filter(({ path, text }) =>
        environmentAssignments(path, text ?? '').some(({ key }) => key === variable),
      ),
    )
    .at(0)?.path;

/** Flags of the process that runs, each with the place where the next start would take the same from. */
export const runningFlags = (kubelet: Kubelet): readonly KubeletFlag[] | undefined => {
  const { running: daemon } = kubelet;
  if (daemon === undefined || !isKubelet(daemon.argv)) return undefined;
  const places = new Map((nextCommand(kubelet) ?? []).map(({ text, place }) => [text, place]));
  const words = daemon.argv.map((text): CommandWord => ({ text, place: places.get(text) ?? '' }));
  return kubeletFlags(words);
};

/** What the files and the unit say now: in force after a restart. */
export const nextSettings = (kubelet: Kubelet, version: string): Observed<KubeletSettings> => {
  const flags = nextFlags(kubelet);
  return flags.known ? kubeletSettings(kubelet, flags.value, version) : flags;
};

/** What the running process was started with: its own flags, and its files where they are not newer than it. */
export const runningSettings = (kubelet: Kubelet, version: string): Observed<KubeletSettings> => {
  const flags = runningFlags(kubelet);
  if (flags === undefined) return unknown('no kubelet runs');
  const newer = configNewerThanKubelet(kubelet);
  if (newer.length > 0) return unknown(`${newer.join(', ')} is newer than the running kubelet`);
  return kubeletSettings(kubelet, flags, version);
};

/** Files of its configuration that were written after it started; systemd tells its start in whole seconds. */
export const configNewerThanKubelet = (kubelet: Kubelet): readonly string[] => {
  const flags = runningFlags(kubelet);
  const { running: daemon } = kubelet;
  if (flags === undefined || daemon === undefined) return [];
  return configFiles(kubelet, flags)
    .filter(({ mtimeSeconds }) => Math.floor(mtimeSeconds) > daemon.startedAtSeconds)
    .map(({ path }) => path);
};

export interface CommandDifference {
  /** Words of the running process that the next start would not have, and the other way round. */
  readonly running: readonly string[];
  readonly next: readonly string[];
  /** The files that the next command line is made of. */
  readonly files: readonly string[];
}

/** Unit and environment files say another command line than the one that runs. */
export const commandDifference = (kubelet: Kubelet): CommandDifference | undefined => {
  const next = nextCommand(kubelet)?.map(({ text }) => text);
  const running = kubelet.running?.argv;
  if (next === undefined || running === undefined || !isKubelet(running)) return undefined;
  const difference = {
    running: running.slice(1).filter(word => !next.includes(word)),
    next: next.slice(1).filter(word => !running.includes(word)),
    files: [...unitFiles(kubelet), ...environmentFiles(kubelet)].map(({ path }) => path),
  };
  return difference.running.length + difference.next.length === 0 ? undefined : difference;
};

/**
 * Whether a kubelet of this version asks the runtime for the driver (KubeletCgroupDriverFromCRI, KEP-4033): alpha 1.28, beta and on 1.31,
 * GA and locked 1.34. Its own setting is then only for runtimes without RuntimeConfig, and from 1.38 on such a runtime is refused.
 */
export const asksRuntime = (version: string, featureGates: Readonly<Record<string, boolean>>): boolean => {
  if (isAtLeast(version, '1.34')) return true;
  if (!isAtLeast(version, '1.28')) return false;
  return featureGates.KubeletCgroupDriverFromCRI ?? isAtLeast(version, '1.31');
};

/** Before 1.35 configz is written down before the runtime is asked, so it shows what the files said (kubernetes/kubernetes#134743). */
export const configzShowsDriver = (version: string, featureGates: Readonly<Record<string, boolean>>): boolean =>
  isAtLeast(version, '1.35') || !asksRuntime(version, featureGates);

export const refusesRuntimeWithoutConfig = (version: string): boolean => isAtLeast(version, '1.38');

export interface KubeletDriver {
  readonly value: CgroupDriver;
  /** Who says so, for people. */
  readonly from: string;
}

export interface DriverEvidence {
  readonly kubelet: Kubelet;
  readonly version: string;
  /** Of the runtime at its endpoint. */
  readonly cri: CriAnswer | undefined;
  readonly runtimeStartedAtSeconds: number | null;
  /** `cgroupDriver` of the kubelet's configz, where somebody asked. */
  readonly configz?: string;
}

/** The endpoint that the running kubelet talks to; of one that does not run, or cannot be told, the next one; '' where that is unknown too. */
export const runtimeOfKubelet = (kubelet: Kubelet, version: string): string => {
  const running = runningSettings(kubelet, version);
  const settings = running.known ? running : nextSettings(kubelet, version);
  return settings.known ? settings.value.containerRuntimeEndpoint.value : '';
};

/** What is known of a kubelet and of the runtime that it talks to. */
export const driverEvidence = (
  kubelet: Kubelet,
  version: string,
  cri: CriAnswers,
  services: Services,
): DriverEvidence => {
  const endpoint = runtimeOfKubelet(kubelet, version);
  const unit = services[runtimeUnitAt(endpoint) ?? ''];
  return {
    kubelet,
    version,
    cri: cri[socketPath(endpoint) ?? ''],
    runtimeStartedAtSeconds: unit?.startedAtSeconds ?? null,
  };
};

/** The driver that the running kubelet uses. */
export const kubeletDriverInForce = (evidence: DriverEvidence): Observed<KubeletDriver> => {
  const { kubelet, version } = evidence;
  const { running: daemon } = kubelet;
  if (daemon === undefined || kubelet.unit.activeState !== 'active') return unknown('no kubelet runs');
  const running = runningSettings(kubelet, version);
  // Where its pods are somewhere else, what lies below kubepods is not its own.
  const roots = running.known && !hasOwnRoot(running.value) ? [] : kubelet.cgroupRoots;
  return fromRoots(roots) ?? fromAnswers(evidence, daemon, running);
};

const hasOwnRoot = ({ cgroupRoot, cgroupsPerQos }: KubeletSettings): boolean =>
  cgroupRoot.value === '/' && cgroupsPerQos.value;

/** The kubelet makes its root where there is none and keeps one that is there, so one made since its start is its own. */
const fromRoots = (roots: readonly CgroupRoot[]): Observed<KubeletDriver> | undefined => {
  const made = driversOf(roots.filter(({ recreated }) => recreated === true));
  const there = driversOf(roots);
  const [only] = made.length > 0 ? made : there;
  if (made.length > 1) return unknown('both kubepods and kubepods.slice were made since the kubelet started');
  // Both are there and neither is new: one is left over from another driver.
  if (only === undefined || (made.length === 0 && there.length > 1)) return undefined;
  const name = only === 'systemd' ? 'kubepods.slice' : 'kubepods';
  return known({
    value: only,
    from: made.length > 0 ? `cgroup ${name}, made since it started` : `cgroup ${name} is there and no other`,
  });
};

const driversOf = (roots: readonly CgroupRoot[]): readonly CgroupDriver[] => [
  ...new Set(roots.map(({ driver }) => driver)),
];

const fromAnswers = (
  { version, cri, runtimeStartedAtSeconds, configz }: DriverEvidence,
  daemon: KubeletProcess,
  running: Observed<KubeletSettings>,
): Observed<KubeletDriver> => {
  if (daemon.replaced)
    return unknown('its program was replaced since it started, so the rules of its version cannot be told');
  const gates = running.known ? running.value.featureGates : {};
  if (cri?.answered === true && cri.cgroupDriver !== null && asksRuntime(version, gates)) {
    // It asks once, at its start: an answer given later by another process is not the one that it got.
    return runtimeStartedAtSeconds !== null && runtimeStartedAtSeconds <= daemon.startedAtSeconds
      ? known({ value: cri.cgroupDriver, from: 'RuntimeConfig of the runtime' })
      : unknown('the runtime was started after the kubelet, which asks it for the driver only once');
  }
  if (cri?.answered !== true && asksRuntime(version, gates))
    return unknown(
      `the runtime that it asks for the driver does not answer${cri === undefined ? '' : `: ${cri.reason}`}`,
    );
  // 1.34 keeps what configz shows before it asks the runtime, so it counts only where the kubelet does not ask or gets no answer.
  if (isDriver(configz)) return known({ value: configz, from: 'configz' });
  if (!running.known) return running;
  const { value, from } = running.value.cgroupDriver;
  return isDriver(value) ? known({ value, from }) : unknown(`cgroupDriver is ${value} (${from})`);
};

const isDriver = (value: string | undefined): value is CgroupDriver => value === 'systemd' || value === 'cgroupfs';

/** The driver of a kubelet that is started now, beside a runtime that answers like this. */
export const driverAfterRestart = (
  settings: KubeletSettings,
  version: string,
  runtimeTells: CgroupDriver | null,
): KubeletDriver | undefined => {
  if (runtimeTells !== null && asksRuntime(version, settings.featureGates))
    return { value: runtimeTells, from: 'RuntimeConfig of the runtime' };
  const { value, from } = settings.cgroupDriver;
  return isDriver(value) ? { value, from } : undefined;
};
