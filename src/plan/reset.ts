import type { DesiredRuntime } from '../core/desired.ts';
import { worstDisruption } from '../core/disturbance.ts';
import type { PlannedChange } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import type { Refusal } from '../installers/installer.ts';
import { bystandersOf } from '../installers/retire-runtime/docker-containers.ts';
import { foreignRefusals, foreignTasks } from '../installers/retire-runtime/foreign.ts';

/** A step of an earlier run that stands. */
export interface StandingStep {
  /** In the run that takes it back. */
  readonly step: string;
  readonly runId: string;
  readonly change: PlannedChange;
  /** What it found (templates/host/ledger.sh). */
  readonly was: string;
  /** Why it, or a part of it, stays. */
  readonly keep: string | undefined;
}

/** What a reset does to one object, whatever runs have changed it. */
export interface ResetItem {
  readonly change: PlannedChange;
  readonly steps: readonly string[];
}

export interface FoldedReset {
  readonly items: readonly ResetItem[];
  readonly kept: readonly string[];
}

/** Steps of all runs, newest first, as one change for each object: only how it was before the first of them counts. Pure. */
export const foldReset = (steps: readonly StandingStep[]): FoldedReset => {
  const byTarget = new Map<string, readonly [StandingStep, ...StandingStep[]]>();
  for (const step of steps) {
    const key = `${step.change.kind} ${step.change.target}`;
    // Oldest first.
    byTarget.set(key, [step, ...(byTarget.get(key) ?? [])]);
  }
  const before = packagesBefore(steps);
  const items = [...byTarget.values()].flatMap((ofTarget): readonly ResetItem[] => {
    const [oldest] = ofTarget;
    const summary = summaryOf(oldest, before);
    if (summary === undefined) return [];
    const { diff: _, status: __, ...change } = oldest.change;
    const runs = [...new Set(ofTarget.map(({ runId }) => runId))];
    return [
      {
        steps: ofTarget.map(({ step }) => step),
        change: {
          ...change,
          summary,
          because: `changed by nodeprep in ${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')}`,
          disruption: worstDisruption(ofTarget.map(step => step.change)),
          reversible: false,
        },
      },
    ];
  });
  return { items, kept: [...new Set(steps.flatMap(({ keep }) => (keep === undefined ? [] : [keep])))] };
};

interface PackageLine {
  readonly name: string;
  readonly old: string;
}

const packagesOf = (was: string): readonly PackageLine[] =>
  was.startsWith('packages ')
    ? was
        .slice('packages '.length)
        .split(' ')
        .filter(line => line !== '')
        .map(line => {
          const [name = '', old = ''] = line.split('|');
          return { name, old };
        })
    : [];

/** Versions as the first run that names a package found them, empty for none. */
type PackagesBefore = ReadonlyMap<string, string>;

const packagesBefore = (steps: readonly StandingStep[]): PackagesBefore =>
  new Map(steps.flatMap(({ was }) => packagesOf(was)).map(({ name, old }) => [name, old]));

/** undefined: nothing is left to do. */
const summaryOf = ({ change, was }: StandingStep, before: PackagesBefore): string | undefined => {
  const [word = '', ...rest] = was.split(' ');
  const value = rest.join(' ');
  switch (word) {
    case 'packages':
      return packageSummary(packagesOf(was), before);
    case 'unit':
      return unitSummary(rest);
    case 'files':
      // What a run has removed, one before it had installed.
      return change.kind === 'archive-removal'
        ? undefined
        : 'removed: its files, where they are as nodeprep installed them';
    case 'value':
      return value === '' ? undefined : `back to ${value}`;
    case 'state':
      return stateSummary(change.kind, value);
    default:
      return otherSummary(change.kind);
  }
};

const packageSummary = (lines: readonly PackageLine[], before: PackagesBefore): string | undefined => {
  const gone = lines.filter(({ name }) => before.get(name) === '').map(({ name }) => name);
  const back = lines
    .filter(({ name, old }) => old !== '' && before.get(name) === old)
    .map(({ name, old }) => `${name} ${old}`);
  const parts = [
    ...(gone.length === 0 ? [] : [`removed: ${gone.join(', ')}`]),
    ...(back.length === 0 ? [] : [`put back: ${back.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
};

const unitSummary = ([file = '', active = '']: readonly string[]): string =>
  file === '' ? 'goes with what brought it' : `as before nodeprep: ${file}, ${active}`;

const stateSummary = (kind: string, value: string): string | undefined => {
  if (kind === 'module') return undefined;
  if (kind === 'hold') return value === 'yes' ? 'held, as before nodeprep' : 'not held, as before nodeprep';
  if (kind === 'directory')
    return value === 'absent' ? 'removed, if nothing of others is in it' : 'mode as before nodeprep';
  return value === 'absent' ? 'removed' : 'put back as it was before nodeprep';
};

const others: Readonly<Record<string, string>> = {
  image: 'removed from the runtime, where nodeprep brought it',
  swap: 'on again',
  'package-lists': 'removed',
};
const otherSummary = (kind: string): string | undefined => others[kind];

/** What serves containers, by package, archive and unit. */
const ofRuntimes = /^(containerd|docker|cri-o|crio|cri-dockerd|cri-docker|runc|crun|runsc|kata)/;

/** A runtime is not taken away under what it runs. Pure. */
export const resetRefusals = (
  changes: readonly PlannedChange[],
  facts: ObservedFacts,
  runtime: DesiredRuntime,
): readonly Refusal[] => {
  if (changes.length === 0) return [];
  return [...joined(facts), ...foreign(changes, facts, runtime)];
};

const joined = ({ clusterState }: ObservedFacts): readonly Refusal[] => {
  if (clusterState.known && !clusterState.value.joined) return [];
  const message = clusterState.known
    ? `this host is a node of a cluster (${clusterState.value.evidence ?? 'its kubelet has a kubeconfig'}): what nodeprep installed is what its pods run on`
    : `whether this host is a node of a cluster is unknown: ${clusterState.reason}`;
  const hint =
    'Leave the cluster first: kubectl drain NODE --ignore-daemonsets, kubectl delete node NODE, then on the host kubeadm reset. Then reset it.';
  return [{ code: 'joined-node', message, hint }];
};

const foreign = (
  changes: readonly PlannedChange[],
  { docker, runtimeContents }: ObservedFacts,
  runtime: DesiredRuntime,
): readonly Refusal[] => {
  const touches = changes.some(
    ({ kind, target }) => ['package', 'archive', 'service'].includes(kind) && ofRuntimes.test(target),
  );
  if (!touches) return [];
  return [
    ...foreignRefusals('containerd', foreignTasks(runtimeContents), runtime),
    ...foreignRefusals('Docker', docker.known ? bystandersOf(docker.value) : docker, runtime),
  ];
};
