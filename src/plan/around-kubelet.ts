import type { CgroupRootsChange, Change, ServiceChange } from '../changes/change.ts';
import { disruptions } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import type { Service } from '../facts/services.ts';
import { disruptionOf } from '../installers/disruption.ts';
import type { InstallerPlan, LaterSetting } from '../installers/installer.ts';
import { kubelet } from '../installers/kubelet/installer.ts';
import { kubeletLabels } from '../installers/kubelet/labels.ts';
import { kubeletUnit } from '../installers/kubelet/service.ts';
import { announced } from '../installers/repository/source.ts';
import { retireRuntime } from '../installers/retire-runtime/installer.ts';

export interface InstallerPart {
  /** Id of the installer. */
  readonly installer: string;
  readonly plan: InstallerPlan;
}

export interface Round {
  readonly changes: readonly Change[];
  readonly later: readonly LaterSetting[];
}

/**
 * What no installer can know alone: when any of them changes the driver or the runtime of a node, its kubelet is stopped before everything
 * else, the cgroups of pods go while there are none, and the kubelet starts after everything else (design 3.10). Which runtime it is
 * plays no part. A kubelet whose runtime is not there yet waits for the round in which it is, and so does the end of the old one.
 */
export const aroundKubelet = (parts: readonly InstallerPart[], facts: ObservedFacts): Round => {
  const unit = unitOfNode(facts);
  const isUnfinished = parts.some(({ plan }) => plan.later.length > 0);
  // What would leave the node without a runtime, or a kubelet without its own, waits until the new one is set up.
  const waiting = isUnfinished ? [retireRuntime.id, ...(unit === undefined ? [] : [kubelet.id])] : [];
  const { changes, later } = postponed(parts, waiting);
  if (unit === undefined) return { changes, later };
  const needing = changes.filter(({ needsNoSandboxes }) => needsNoSandboxes === true);
  if (later.length > 0) {
    // Packages that cannot be beside the old runtime: the kubelet stays stopped until its own is set up, in a later round.
    const isInPlace = needing.some(({ phase }) => phase !== 'stage');
    return { changes: isInPlace ? [...opening(unit), ...changes] : changes, later: [...later, ...frameOf(later)] };
  }
  return { changes: needing.length > 0 || isStoppedByRun(facts) ? framed(changes, unit) : changes, later };
};

/** An earlier round of the run that is at work has stopped it, and has left its start to this one. */
const isStoppedByRun = ({ runs }: ObservedFacts): boolean => {
  if (!runs.known) return false;
  const { paused = [], atWork } = runs.value;
  return paused.some(({ unit, runId }) => unit === kubeletUnit && runId === atWork);
};

/** Of a host that has not joined, kubeadm will start the kubelet; a node whose kubelet is absent or masked is emptied all the same. */
const unitOfNode = ({ clusterState, kubelet: observed, services }: ObservedFacts): Service | undefined => {
  if (!clusterState.known || !clusterState.value.joined || !services.known) return undefined;
  if (!observed.known || !observed.value.installed) return undefined;
  const unit = services.value[kubeletUnit];
  return unit?.loadState === 'loaded' ? unit : undefined;
};

const postponed = (parts: readonly InstallerPart[], ids: readonly string[]): Round => {
  const isWaiting = ({ installer }: InstallerPart): boolean => ids.includes(installer);
  const changesOf = (some: readonly InstallerPart[]): readonly Change[] => some.flatMap(({ plan }) => plan.changes);
  return {
    changes: changesOf(parts.filter(part => !isWaiting(part))),
    later: [...parts.flatMap(({ plan }) => plan.later), ...parts.filter(isWaiting).flatMap(waitingSettings)],
  };
};

/** What becomes of a runtime is told before, and not only when it is due. */
const waitingSettings = ({ installer, plan: { changes } }: InstallerPart): readonly LaterSetting[] =>
  changes.flatMap(change =>
    announced(change).map(setting =>
      installer === retireRuntime.id ? { ...setting, because: change.because } : setting,
    ),
  );

/** Without what is announced already: the kubelet itself may have to start anew. */
const frameOf = (later: readonly LaterSetting[]): readonly LaterSetting[] => {
  const isDrain = later.some(found => disruptions.indexOf(found.disruption) >= disruptions.indexOf('drain'));
  const isTold = ({ target, setting }: LaterSetting): boolean =>
    later.some(other => other.target === target && other.setting === setting);
  return isDrain ? frameSettings.filter(setting => !isTold(setting)) : [];
};

const disruption = disruptionOf('kubelet-cgroup-driver', true);

/** What the frame of a later round will do, so that somebody can agree to it. */
const frameSettings: readonly LaterSetting[] = [
  { target: kubeletUnit, setting: kubeletLabels.stopped, disruption },
  { target: 'kubepods', setting: kubeletLabels.cgroupRoots, disruption },
  { target: kubeletUnit, setting: kubeletLabels.service, disruption },
];

const framed = (changes: readonly Change[], unit: Service): readonly Change[] => {
  const isOwn = ({ id }: Change): boolean => id === `service:${kubeletUnit}`;
  const restart = changes.find(isOwn);
  return [
    ...opening(unit),
    ...changes.filter(change => !isOwn(change)),
    start(unit, restart?.because ?? 'the node is empty only as long as it does not run'),
  ];
};

const opening = (unit: Service): readonly Change[] => [stop(unit), cgroupRoots];

const serviceBase = ({ unitFileState, activeState }: Service) => ({
  kind: 'service' as const,
  target: kubeletUnit,
  unit: kubeletUnit,
  disruption,
  reversible: true,
  before: { unitFileState, activeState },
});

const stop = (unit: Service): ServiceChange => ({
  ...serviceBase(unit),
  id: `service:${kubeletUnit}:stop`,
  summary: 'stopped',
  because: 'no pod may start while driver or runtime change',
  phase: 'quiesce',
  active: false,
  settings: [kubeletLabels.stopped],
});

const start = (unit: Service, because: string): ServiceChange => ({
  ...serviceBase(unit),
  id: `service:${kubeletUnit}`,
  summary: 'started',
  because,
  phase: 'resume',
  active: true,
  settings: [kubeletLabels.service],
});

const cgroupRoots: CgroupRootsChange = {
  kind: 'cgroup-roots',
  id: 'cgroup-roots',
  target: 'kubepods',
  summary: 'kubepods and kubepods.slice removed, empty ones only',
  because: 'the kubelet keeps cgroups that it finds; only those that come back prove its driver',
  phase: 'switch',
  disruption,
  reversible: true,
  needsNoSandboxes: true,
  settings: [kubeletLabels.cgroupRoots],
};
