import type { Change } from '../changes/change.ts';
import type { DesiredNode } from '../core/desired.ts';
import { disruptions } from '../core/result.ts';
import { profileOf } from '../core/runtimes/index.ts';
import type { ObservedFacts } from '../facts/index.ts';
import { installers } from '../installers/index.ts';
import type { LaterSetting, Migration, Refusal } from '../installers/installer.ts';
import { snapshotToolOf } from '../os/index.ts';

/** What bars a plan before anything is looked at: who the host belongs to, and what nodeprep cannot do there. */
export const hostRefusals = (facts: ObservedFacts, desired: DesiredNode): readonly Refusal[] => [
  ...notRoot(facts),
  ...foreign(facts),
  ...noSystemd(facts),
  ...readOnlySystem(facts),
  ...unsupportedRuntime(desired),
];

const notRoot = ({ access }: ObservedFacts): readonly Refusal[] => {
  if (access.known && access.value.root) return [];
  const reason = access.known ? access.value.reason : access.reason;
  return [
    {
      code: /password/i.test(reason) ? 'sudo-password' : 'sudo-refused',
      message: `planning needs root on the host: ${reason}`,
      hint: 'Let sudo run /bin/sh for this user, or give its password with sudo.password in the inventory.',
    },
  ];
};

const foreign = ({ clusterState }: ObservedFacts): readonly Refusal[] => {
  const found = clusterState.known ? clusterState.value.foreign : undefined;
  if (found === undefined) return [];
  return [
    {
      code: 'foreign-distribution',
      message: `this host is run by ${found.name} (${found.evidence}), which brings its own runtime and kubelet`,
      hint: `Leave it to ${found.name}, or remove ${found.name} from the host first.`,
    },
  ];
};

const noSystemd = ({ initSystem }: ObservedFacts): readonly Refusal[] => {
  if (initSystem.known && initSystem.value.systemd) return [];
  const reason = initSystem.known ? 'systemd is not the init system of this host' : initSystem.reason;
  return [{ code: 'plan-refused', message: `services can be managed with systemd only: ${reason}` }];
};

/** Of such systems nodeprep does not know how to take a snapshot back. Elsewhere an administrator's hook makes /usr writable for packages. */
const readOnlySystem = ({ container, osRelease }: ObservedFacts): readonly Refusal[] => {
  if (!container.known || container.value.readOnlySystem !== true) return [];
  const tool = osRelease.known ? snapshotToolOf(osRelease.value) : undefined;
  if (tool === undefined) return [];
  return [
    {
      code: 'os-unsupported',
      message: `/usr of this host is read-only: its system is changed as a whole, by ${tool}, and nodeprep apply puts packages and files into a system that runs`,
      hint: `Bring the runtime with ${tool}, and its settings as check names them: check works here as everywhere.`,
    },
  ];
};

const unsupportedRuntime = (desired: DesiredNode): readonly Refusal[] => {
  if (installers.some(({ runtime, appliesTo }) => runtime === true && appliesTo(desired))) return [];
  const { name, source } = desired.runtime;
  const what = `${profileOf(name).label} from source ${source}`;
  return [
    {
      code: 'plan-refused',
      message: `${what} comes with a later version of nodeprep`,
      hint: 'docs/inventory.md says which runtimes and sources there are: runtime: { name: containerd, source: distribution } is one (a containerd that is there without a package is kept and configured). Or leave the host out with --limit.',
    },
  ];
};

export interface Admissions {
  readonly withoutDrain: boolean;
  readonly allowIrreversible: boolean;
  /** Another runtime may be retired for the one that the inventory names. */
  readonly allowMigration?: boolean;
  /** The inventory names the cluster, so that a rollout empties nodes before they are disturbed (design 3.9, 3.10). */
  readonly rollout?: boolean;
}

/** Nobody's runtime is changed because a line of an inventory is wrong. */
export const migrationRefusals = (
  migration: Migration | undefined,
  { allowMigration = false }: Admissions,
): readonly Refusal[] => (migration === undefined || allowMigration ? [] : [unconsented(migration)]);

const keptByName = 'Keep the runtime that is there with runtime.name and runtime.source';

const unconsented = ({ from, to, asked, keep = keptByName, effects }: Migration): Refusal => ({
  code: 'migration',
  message: `${from.join(' and ')} ${asked === undefined ? 'serves Kubernetes' : 'is'} on this host, and the inventory asks for ${asked ?? profileOf(to).label}: moving from one to the other is a migration${effects.map(effect => `; ${effect}`).join('')}`,
  hint: `${keep}; or add --allow-migration, to plan and to apply, to move the host to ${asked ?? profileOf(to).label}.`,
});

/** What bars single changes: a node that runs pods, and no way back. */
export const changeRefusals = (
  changes: readonly Change[],
  later: readonly LaterSetting[],
  facts: ObservedFacts,
  admissions: Admissions,
): readonly Refusal[] => [
  ...joinedRefusals(changes, later, facts, admissions),
  ...(admissions.allowIrreversible ? [] : changes.filter(({ reversible }) => !reversible).map(irreversible)),
];

const irreversible = ({ id, summary }: Change): Refusal => ({
  code: 'plan-refused',
  message: `${id} (${summary}) cannot be undone`,
  hint: 'apply --allow-irreversible goes on without a way back.',
});

const isAtLeast = (change: Pick<Change, 'disruption'>, limit: 'restart' | 'drain'): boolean =>
  disruptions.indexOf(change.disruption) >= disruptions.indexOf(limit);

/** Where no rollout will empty the node, nothing that disturbs pods is done to one that may have some (design 3.9). */
const joinedRefusals = (
  changes: readonly Change[],
  later: readonly LaterSetting[],
  { clusterState }: ObservedFacts,
  { withoutDrain, rollout = false }: Admissions,
): readonly Refusal[] => {
  const disruptive = changes.filter(change => isAtLeast(change, 'restart') || change.needsNoSandboxes === true);
  const disruptiveLater = later.filter(setting => isAtLeast(setting, 'restart'));
  if (disruptive.length === 0 && disruptiveLater.length === 0) return [];
  if (!clusterState.known) {
    return [
      { code: 'joined-node', message: `whether this host is a node of a cluster is unknown: ${clusterState.reason}` },
    ];
  }
  const { joined, evidence } = clusterState.value;
  // Whether the node can be emptied is for the drain's own judgement.
  if (!joined || rollout) return [];
  const needsEmptyNode =
    disruptive.some(change => change.needsNoSandboxes === true || isAtLeast(change, 'drain')) ||
    disruptiveLater.some(setting => isAtLeast(setting, 'drain'));
  if (withoutDrain && !needsEmptyNode) return [];
  const what = [
    ...disruptive.map(({ id, summary }) => `${id} (${summary})`),
    ...disruptiveLater.map(({ setting }) => setting),
  ];
  return [
    {
      code: 'joined-node',
      message: `this host is a node of a cluster (${evidence ?? 'its kubelet has a kubeconfig'}) and this would disturb its pods: ${what.join('; ')}`,
      hint: needsEmptyNode
        ? 'The cgroup driver or runtime is never changed under pods: name the cluster in the inventory (cluster: { kubeconfig: PATH }) and apply drains the node itself; or drain the node, remove it from the cluster (kubeadm reset), then plan again.'
        : 'apply --without-drain makes changes that only restart the runtime; containers keep running.',
    },
  ];
};
