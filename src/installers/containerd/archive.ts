import type { ArchiveChange, DirectoryChange } from '../../changes/change.ts';
import type { DesiredNode, DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { FactValues } from '../../facts/index.ts';
import type { RegistryFiles } from '../../facts/registry-files.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { archiveChange } from '../archive-change.ts';
import { disruptionOf } from '../disruption.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting, type Refusal } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { keepsDriver } from '../package-plan.ts';
import { matchesPrefix } from '../package-version.ts';
import { announced } from '../repository/source.ts';
import { archiveFiles, type ContainerdComponent, containerdComponents, programPath } from './archive-files.ts';
import { laterRegistries, laterSettings, planSettings } from './installer.ts';
import { labels } from './labels.ts';
import { containerdUnit, planService } from './service.ts';
import { unitChange } from './unit.ts';

const required = ['archives', 'clock', 'clusterState', 'containerd', 'packages', 'services'] as const;
type Required = Pick<FactValues, (typeof required)[number]> & { readonly registryFiles: Observed<RegistryFiles> };

/** containerd, runc and the CNI plugins from release archives, with a unit of our own; its configuration is edited in place like any other. */
export const containerdArchive = defineInstaller({
  id: 'containerd-archive',
  runtime: true,
  source: 'https://github.com/containerd/containerd/blob/main/docs/getting-started.md',
  needs: [...required, 'cri', 'registryFiles'],
  appliesTo: ({ runtime }) => runtime.name === 'containerd' && runtime.source === 'archive',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'containerd');
    if (!known.known) return refused(...known.refusals);
    const barred = barredBy(known.value, desired.runtime, os);
    if (barred.length > 0) return refused(...barred);
    const cri = facts.cri.known ? facts.cri.value : {};
    return planArchives({ ...known.value, registryFiles: facts.registryFiles }, cri, desired);
  },
});

/** Moving between sources is a migration. */
const barredBy = (
  { packages, containerd }: Omit<Required, 'registryFiles'>,
  runtime: DesiredRuntime,
  os: OsFamily,
): readonly Refusal[] => {
  const name = [os.packages.containerd, 'containerd.io'].find(candidate => packages.installed[candidate] !== undefined);
  if (name !== undefined) {
    return [
      planRefused(
        `package ${name} ${packages.installed[name]} is installed, and the inventory asks for containerd from archives: nodeprep does not move a host from one to the other`,
        `Keep it with runtime.source: ${name === 'containerd.io' ? 'upstream' : 'distribution'}; or drain the node, remove the package (apt-get remove ${name}) and plan again.`,
      ),
    ];
  }
  if (containerd.binary !== '' && containerd.binary !== programPath) {
    return [
      planRefused(
        `${containerd.binary} is a containerd that no package brought, and archives go to ${programPath}`,
        'Remove it, or keep and configure it with runtime.source: distribution.',
      ),
    ];
  }
  const missing = (['containerd', 'runc'] as const).filter(component => runtime.archives?.[component] === undefined);
  return missing.length === 0
    ? []
    : [planRefused(`the inventory names no runtime.archives.${missing.join(', runtime.archives.')}`)];
};

const planArchives = (facts: Required, cri: FactValues['cri'], desired: DesiredNode): InstallerPlan => {
  const { joined } = facts.clusterState;
  const archives = containerdComponents.flatMap(component => componentChange(component, facts, desired) ?? []);
  const { unitFile } = facts.containerd;
  const unit = unitFile === undefined ? undefined : unitChange(unitFile);
  const first = [...archives, ...(unit === undefined || hasOtherUnit(facts) ? [] : [unit])];
  const isInstalled = facts.containerd.binary !== '';
  // What the daemon reads is known only by the daemon that will read it.
  if (!isInstalled || first.some(({ id }) => id === 'archive:containerd' || id === unit?.id)) {
    const movesDriver = joined && !(isInstalled && keepsDriver(planSettings(facts, cri, desired)));
    const registries = laterRegistries(facts, desired);
    if (registries.refusals.length > 0) return refused(...registries.refusals);
    const directories = isInstalled ? [] : (facts.containerd.missingDirectories ?? []).map(directoryChange);
    const later = [
      ...laterSettings(desired, movesDriver),
      ...versionLines(facts, movesDriver),
      ...registries.changes.flatMap(announced),
    ];
    return { ...nothing, changes: [...directories, ...first], later };
  }
  const other = otherVersion(facts, desired.runtime);
  if (other !== undefined) return refused(other);
  const settings = planSettings(facts, cri, desired);
  return { ...settings, changes: [...first, ...settings.changes, ...restartForUnit(facts, settings)] };
};

/** A file that stands there for a daemon yet to come may lack the line that says how to read it. */
const versionLines = ({ containerd: { config } }: Required, movesDriver: boolean): readonly LaterSetting[] =>
  config.type === 'absent' || /^\s*version\s*=/m.test(config.text ?? '')
    ? []
    : [2, 3].map(version => ({
        target: config.path,
        setting: labels.version(version),
        disruption: disruptionOf('containerd-settings', movesDriver),
      }));

/** What the daemon makes by itself would stay when it is taken away; what a run has made goes with it, where it is empty. */
const directoryChange = (path: string): DirectoryChange => ({
  kind: 'directory',
  id: `directory:${path}`,
  target: path,
  path,
  mode: path.startsWith('/etc/') ? '0755' : '0711',
  summary: path,
  because: 'containerd makes it when it starts; made before, so that a rollback takes it away too',
  phase: 'stage',
  disruption: 'none',
  reversible: true,
});

/** Somebody's own unit, elsewhere: it wins over ours, or would lose to it, and it starts this containerd already. */
const hasOtherUnit = ({ services, containerd: { unitFile } }: Required): boolean => {
  const unit = services[containerdUnit];
  return unit?.loadState === 'loaded' && unit.fragmentPath !== '' && unit.fragmentPath !== unitFile?.path;
};

const componentChange = (
  component: ContainerdComponent,
  { archives, containerd, clusterState: { joined } }: Required,
  { runtime }: DesiredNode,
): ArchiveChange | undefined => {
  const archive = runtime.archives?.[component];
  if (archive === undefined) return undefined;
  const installed = archives[component];
  const because = installed === undefined ? 'a Kubernetes node needs a container runtime' : 'the inventory asks for it';
  const wish = { component, archive, entries: archiveFiles[component], because };
  const isThere = containerd.binary !== '';
  if (component !== 'containerd') {
    return archiveChange(installed, {
      ...wish,
      phase: isThere ? 'switch' : 'stage',
      disruption: disruptionOf('containerd-helpers'),
    });
  }
  if (isThere) {
    return archiveChange(installed, { ...wish, phase: 'switch', disruption: disruptionOf('containerd-upgrade') });
  }
  // A runtime that comes to a node which already runs pods replaces the one that runs them.
  const install = { ...wish, phase: 'stage', disruption: disruptionOf('containerd-install') } as const;
  return archiveChange(installed, joined ? { ...install, disruption: 'drain', needsNoSandboxes: true } : install);
};

const otherVersion = ({ containerd: { version } }: Required, runtime: DesiredRuntime): Refusal | undefined =>
  runtime.version === undefined || version === undefined || matchesPrefix(version, runtime.version)
    ? undefined
    : planRefused(
        `the archive of containerd is version ${version}, and the inventory asks for ${runtime.version}`,
        'Correct runtime.archives.containerd, or leave runtime.version out.',
      );

/** systemd runs the daemon by a unit that has been written anew since. */
const restartForUnit = ({ services, clusterState }: Required, settings: InstallerPlan): InstallerPlan['changes'] => {
  const unit = services[containerdUnit];
  if (unit === undefined || !unit.needDaemonReload || settings.refusals.length > 0) return [];
  if (settings.changes.some(({ kind }) => kind === 'service')) return [];
  return planService(
    unit,
    [{ reason: 'its unit has been written since it started', driver: false }],
    clusterState.joined,
  );
};
