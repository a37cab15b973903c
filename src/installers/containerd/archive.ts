import type { ArchiveChange, DirectoryChange } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import { anotherServes } from '../../facts/cri.ts';
import type { FactValues } from '../../facts/index.ts';
import type { RegistryFiles } from '../../facts/registry-files.ts';
import { archiveChange } from '../archive-change.ts';
import {
  awaitsNewUnit,
  barredFromArchives,
  hasOtherUnit,
  newUnitReason,
  otherArchiveVersion,
} from '../archive-runtime.ts';
import { disruptionOf } from '../disruption.ts';
import { type HandlersPlan, planHandlers } from '../handlers/plan.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting } from '../installer.ts';
import { knownFacts, nothing, refused } from '../known-facts.ts';
import { keepsDriver } from '../package-plan.ts';
import { archiveFiles, type ContainerdComponent, containerdComponents, daemon } from './archive-files.ts';
import { laterConfig, planSettings } from './installer.ts';
import { labels } from './labels.ts';
import { mayMove, versionInName } from './moves.ts';
import { containerdUnit, planService } from './service.ts';
import { unitChange } from './unit.ts';

const required = ['archives', 'clock', 'clusterState', 'containerd', 'packages', 'services'] as const;
type Required = Pick<FactValues, (typeof required)[number]> & {
  readonly registryFiles: Observed<RegistryFiles>;
  readonly handlers: HandlersPlan;
};

/** containerd and runc from release archives, with a unit of our own; its configuration is edited in place like any other. */
export const containerdArchive = defineInstaller({
  id: 'containerd-archive',
  runtime: true,
  source: 'https://github.com/containerd/containerd/blob/main/docs/getting-started.md',
  needs: [...required, 'candidates', 'cri', 'ociRuntimes', 'registryFiles'],
  appliesTo: ({ runtime }) => runtime.name === 'containerd' && runtime.source === 'archive',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'containerd');
    if (!known.known) return refused(...known.refusals);
    const { containerd, packages } = known.value;
    const barred = barredFromArchives(daemon, { packages, program: containerd }, desired.runtime.archives);
    if (barred.length > 0) return refused(...barred);
    const cri = facts.cri.known ? facts.cri.value : {};
    const { joined } = known.value.clusterState;
    const handlerFacts = { ...known.value, joined, candidates: facts.candidates, ociRuntimes: facts.ociRuntimes };
    const handlers = planHandlers('containerd', handlerFacts, desired.runtime, os);
    if (handlers.refusals.length > 0) return refused(...handlers.refusals);
    return planArchives({ ...known.value, registryFiles: facts.registryFiles, handlers }, cri, desired);
  },
});

const planArchives = (facts: Required, cri: FactValues['cri'], desired: DesiredNode): InstallerPlan => {
  const { joined } = facts.clusterState;
  const archives = containerdComponents.flatMap(component => componentChange(component, facts, cri, desired) ?? []);
  const { unitFile } = facts.containerd;
  const unit = unitFile === undefined ? undefined : unitChange(unitFile);
  const { packages } = facts.handlers;
  const units = unit === undefined || hasOtherUnit(daemon, facts.services, unitFile) ? [] : [unit];
  const first = [...archives, ...units, ...packages];
  const isInstalled = facts.containerd.binary !== '';
  // What the daemon reads is known only by the daemon that will read it.
  const isAwaited = first.some(({ id, kind }) => id === 'archive:containerd' || id === unit?.id || kind === 'package');
  if (!isInstalled || isAwaited) {
    const movesDriver = joined && !(isInstalled && keepsDriver(planSettings(facts, cri, desired)));
    const coming = archives.some(({ component }) => component === 'containerd') ? desired.runtime.archives : undefined;
    const moves =
      coming?.containerd !== undefined && mayMove(facts.containerd, desired.runtime, versionInName(coming.containerd));
    const config = laterConfig(facts, desired, { movesDriver, moves });
    if (config.refusals.length > 0) return refused(...config.refusals);
    const directories = isInstalled ? [] : (facts.containerd.missingDirectories ?? []).map(directoryChange);
    const later = [...config.later, ...versionLines(facts, movesDriver)];
    return { ...nothing, changes: [...directories, ...first], later };
  }
  const other = otherArchiveVersion(daemon, facts.containerd, desired.runtime);
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

const componentChange = (
  component: ContainerdComponent,
  { archives, containerd, clusterState: { joined } }: Required,
  cri: FactValues['cri'],
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
  const replacesRuntime = joined && !anotherServes(cri, runtime.name);
  return archiveChange(
    installed,
    replacesRuntime ? { ...install, disruption: 'drain', needsNoSandboxes: true } : install,
  );
};

const restartForUnit = ({ services, clusterState }: Required, settings: InstallerPlan): InstallerPlan['changes'] => {
  const unit = services[containerdUnit];
  if (unit === undefined || !awaitsNewUnit(daemon, services, settings)) return [];
  return planService(unit, [{ reason: newUnitReason, driver: false }], clusterState.joined);
};
