import type { ArchiveChange, FileChange } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import { anotherServes } from '../../facts/cri.ts';
import { inWalkOrder } from '../../facts/crio.ts';
import { hostFile } from '../../facts/files.ts';
import type { FactValues } from '../../facts/index.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { archiveChange } from '../archive-change.ts';
import {
  awaitsNewUnit,
  barredFromArchives,
  hasOtherUnit,
  newUnitReason,
  otherArchiveVersion,
} from '../archive-runtime.ts';
import { disruptionOf } from '../disruption.ts';
import { laterPackages, planHandlers, unbundled } from '../handlers/plan.ts';
import { defineInstaller, type InstallerPlan } from '../installer.ts';
import { knownFacts, nothing, refused } from '../known-facts.ts';
import { keepsDriver } from '../package-plan.ts';
import { announced } from '../repository/source.ts';
import { bundledFile, bundleFiles, daemon, handlersPath, handlersText, unitText } from './archive-files.ts';
import { readConfigSet } from './config-set.ts';
import { laterSettings, planSettings, type SettingsFacts } from './installer.ts';
import { upgradeRow } from './package.ts';
import { planCrioRegistries } from './registries.ts';
import { crioUnit, planService } from './service.ts';

const required = ['archives', 'clock', 'clusterState', 'crio', 'packages', 'services'] as const;
type Known = Pick<FactValues, (typeof required)[number]> & SettingsFacts;

/** CRI-O from upstream's static bundle, with a unit and handlers of our own; its other settings are those of a packaged one. */
export const criOArchive = defineInstaller({
  id: 'cri-o-archive',
  runtime: true,
  source: 'https://github.com/cri-o/packaging#using-the-static-binary-bundles-directly',
  needs: [...required, 'candidates', 'cri', 'ociRuntimes', 'registryFiles'],
  appliesTo: ({ runtime }) => runtime.name === 'cri-o' && runtime.source === 'archive',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'CRI-O');
    if (!known.known) return refused(...known.refusals);
    const { crio, packages } = known.value;
    const cri = facts.cri.known ? facts.cri.value : {};
    const barred = barredFromArchives(daemon, { packages, program: crio }, desired.runtime.archives);
    const { joined } = known.value.clusterState;
    const handlerFacts = { ...known.value, joined, candidates: facts.candidates, ociRuntimes: facts.ociRuntimes };
    const handlers = planHandlers('crio', handlerFacts, unbundled(desired.runtime, crio), os);
    const refusals = [...barred, ...handlers.refusals];
    if (refusals.length > 0) return refused(...refusals);
    return planBundle({ ...known.value, registryFiles: facts.registryFiles, handlers }, cri, desired, os);
  },
});

const planBundle = (facts: Known, cri: FactValues['cri'], desired: DesiredNode, os: OsFamily): InstallerPlan => {
  const { crio, services, clusterState } = facts;
  const { joined } = clusterState;
  const isInstalled = crio.binary !== '';
  const bundle = bundleChange(facts, cri, desired);
  const { files, originals } = ownFiles(facts);
  const { packages } = facts.handlers;
  const first = [...(bundle === undefined ? [] : [bundle]), ...files, ...packages];
  // What the daemon reads is known only by the daemon that will read it.
  if (!isInstalled || first.some(({ kind }) => kind !== 'hold')) {
    const read = readConfigSet(crio, inWalkOrder);
    if (!read.ok) return refused(...read.refusals);
    const registries = planCrioRegistries(facts.registryFiles, desired.runtime);
    if (registries.refusals.length > 0) return refused(...registries.refusals);
    const movesDriver = joined && !(isInstalled && keepsDriver(planSettings(facts, cri, desired)));
    const later = [
      ...laterPackages(desired.runtime, os),
      ...laterSettings(crio, desired, movesDriver),
      ...registries.changes.flatMap(announced),
    ];
    return { ...nothing, changes: first, later, originals };
  }
  const other = otherArchiveVersion(daemon, crio, desired.runtime);
  if (other !== undefined) return refused(other);
  const settings = planSettings(facts, cri, desired);
  const unit = services[crioUnit];
  const restart =
    unit !== undefined && awaitsNewUnit(daemon, services, settings)
      ? planService(unit, [{ reason: newUnitReason, driver: false, action: 'restart' }], desired.runtime, joined)
      : [];
  return { ...settings, changes: [...settings.changes, ...restart] };
};

const bundleChange = (
  { archives, crio, clusterState: { joined } }: Known,
  cri: FactValues['cri'],
  { runtime }: DesiredNode,
): ArchiveChange | undefined => {
  const bundle = runtime.archives?.crio;
  if (bundle === undefined) return undefined;
  const isThere = crio.binary !== '';
  const phase = isThere ? 'switch' : 'stage';
  // A runtime that comes to a node which already runs pods replaces the one that runs them.
  const replacesRuntime = joined && !anotherServes(cri, runtime.name);
  const install = replacesRuntime
    ? ({ disruption: 'drain', needsNoSandboxes: true } as const)
    : { disruption: disruptionOf('cri-o-install') };
  return archiveChange(archives.crio, {
    component: 'crio',
    archive: bundle,
    entries: bundleFiles,
    because: archives.crio === undefined ? 'a Kubernetes node needs a container runtime' : 'the inventory asks for it',
    phase,
    ...(isThere ? { disruption: disruptionOf(upgradeRow(runtime), joined) } : install),
  });
};

interface OwnFiles {
  readonly files: readonly FileChange[];
  readonly originals: Readonly<Record<string, string>>;
}

/** Of the unit only where systemd would read it: somebody's own elsewhere starts this CRI-O already. */
const ownFiles = ({ crio, services }: Known): OwnFiles => {
  const handlers = crio.dropIns.find(({ path }) => path === handlersPath) ?? hostFile(handlersPath, undefined);
  const { unitFile } = crio;
  const unit =
    unitFile === undefined || hasOtherUnit(daemon, services, unitFile)
      ? undefined
      : bundledFile(unitFile, unitText, "unit of upstream's bundle", 'the archive goes where systemd does not look');
  const because = 'CRI-O looks for them in its PATH otherwise';
  const files = [unit, bundledFile(handlers, handlersText, 'where crun, runc and conmon are', because)];
  const found = [handlers, ...(unitFile === undefined ? [] : [unitFile])];
  return {
    files: files.flatMap(change => change ?? []),
    originals: Object.fromEntries(found.map(({ path, text }) => [path, text ?? ''])),
  };
};
