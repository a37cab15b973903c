import type { Change } from '../../changes/change.ts';
import type { DesiredNode, DesiredRuntime } from '../../core/desired.ts';
import { type Observed, unknown } from '../../core/observed.ts';
import { isAtLeast } from '../../core/versions.ts';
import type { Containerd } from '../../facts/containerd.ts';
import { containerdSocket } from '../../facts/containerd-in-force.ts';
import { anotherServes } from '../../facts/cri.ts';
import type { FactValues } from '../../facts/index.ts';
import { defaultRegistryRoot, type RegistryFiles } from '../../facts/registry-files.ts';
import type { TomlTable } from '../../toml/parse.ts';
import { disruptionOf } from '../disruption.ts';
import { handlerLabels } from '../handlers/labels.ts';
import { type HandlersPlan, laterHandlerFiles, planHandlers } from '../handlers/plan.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { keepsDriver } from '../package-plan.ts';
import { upstreamOf } from '../package-version.ts';
import { announced, planSource } from '../repository/source.ts';
import { unitLabel } from '../runtime-unit.ts';
import { type ConfigSet, mergeFiles, readConfigSet, unread } from './config-set.ts';
import { chooseDialect, type Dialect } from './dialect.ts';
import { planConfig } from './edit-config.ts';
import { gapsInForce } from './in-force.ts';
import { labels } from './labels.ts';
import { migrateSchema } from './migrate-schema.ts';
import { isLeftBehind, isMoving, mayMove } from './moves.ts';
import { containerdPackage, planPackage } from './package.ts';
import { inlineRegistries } from './registries/inline.ts';
import { noRegistries, planRegistries, type RegistryPlan } from './registries/plan.ts';
import { containerdUnit, planService } from './service.ts';

const required = ['clock', 'clusterState', 'containerd', 'packages', 'services'] as const;
type Required = Pick<FactValues, (typeof required)[number]> & {
  readonly registryFiles: Observed<RegistryFiles>;
  readonly handlers: HandlersPlan;
};

/** containerd from packages of the distribution or of upstream, or as it is there without one; its configuration is edited in place, never replaced. */
export const containerd = defineInstaller({
  id: 'containerd',
  runtime: true,
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd',
  needs: [
    ...required,
    'archives',
    'aptSources',
    'candidates',
    'cri',
    'ociRuntimes',
    'osRelease',
    'packageNeeds',
    'proxies',
    'registryFiles',
    'rpmSources',
    'runtimeContents',
  ],
  appliesTo: ({ runtime }) => runtime.name === 'containerd' && runtime.source !== 'archive',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'containerd');
    if (!known.known) return refused(...known.refusals);
    const { clusterState, packages } = known.value;
    const { joined } = clusterState;
    const source = planSource(facts, desired, os);
    const { isAwaited } = source;
    // What a repository offers is not known before its lists are there.
    const candidates = isAwaited ? unknown('what offers it is not set up yet') : facts.candidates;
    const cri = facts.cri.known ? facts.cri.value : {};
    const isBeside = anotherServes(cri, desired.runtime.name);
    const { archives, packageNeeds, runtimeContents } = facts;
    const packageFacts = { ...known.value, archives, candidates, joined, isBeside, packageNeeds, runtimeContents };
    const pkg = planPackage(packageFacts, desired.runtime, os);
    const handlerFacts = { ...known.value, candidates, joined, ociRuntimes: facts.ociRuntimes };
    const handlers = planHandlers('containerd', handlerFacts, desired.runtime, os);
    const seen: Required = { ...known.value, registryFiles: facts.registryFiles, handlers };
    const refusals = [...source.refusals, ...pkg.refusals, ...handlers.refusals];
    if (refusals.length > 0) return refused(...refusals);
    const name = containerdPackage(desired.runtime, os);
    const isInstalled = name !== undefined && packages.installed[name] !== undefined;
    const programs = [...pkg.leaving, ...pkg.changes, ...handlers.packages];
    const awaited = programs.filter(({ kind }) => kind === 'package');
    if (awaited.length > 0) {
      const broken = unread(known.value.containerd);
      if (broken.length > 0) return refused(...broken);
      const movesDriver = joined && !(isInstalled && keepsDriver(planSettings(seen, cri, desired)));
      const config = laterConfig(seen, desired, { movesDriver, moves: bringsMove(seen, pkg.changes, desired) });
      if (config.refusals.length > 0) return refused(...config.refusals);
      const settings = config.later;
      const { migration } = pkg;
      const base = { ...nothing, ...(migration === undefined ? {} : { migration }) };
      if (!isAwaited) return { ...base, changes: programs, later: settings };
      const later = [...[...pkg.leaving, ...awaited].flatMap(announced), ...settings];
      const holds = programs.filter(({ kind }) => kind === 'hold');
      return { ...base, changes: [...source.changes, ...holds], later, originals: source.originals };
    }
    const settings = planSettings(seen, cri, desired);
    // A containerd that no package brought stays, and needs no source of packages.
    const sources = isInstalled ? source.changes : [];
    return {
      ...settings,
      changes: [...sources, ...programs, ...settings.changes],
      originals: { ...settings.originals, ...source.originals },
    };
  },
});

const bringsMove = (
  { containerd: observed }: Required,
  changes: readonly Change[],
  { runtime }: DesiredNode,
): boolean => {
  const coming = changes.find(change => change.kind === 'package');
  return (
    coming !== undefined && mayMove(observed, runtime, coming.version === null ? undefined : upstreamOf(coming.version))
  );
};

export interface Coming {
  readonly movesDriver: boolean;
  /** From 1.x to 2.x, though the inventory names no version. */
  readonly moves: boolean;
}

/** What a later round will do to the configuration, once the program is there. */
export const laterConfig = (
  facts: Pick<Required, 'containerd' | 'registryFiles'>,
  desired: DesiredNode,
  coming: Coming,
): Pick<InstallerPlan, 'later' | 'refusals'> => {
  const { plan, runtime } = laterRegistries(facts, desired, coming);
  const later = [
    ...laterSettings({ ...desired, runtime }, facts.containerd, coming),
    ...plan.changes.flatMap(announced),
  ];
  return { later, refusals: plan.refusals };
};

/** What a package ships is not known before it is there, so the text of these edits is not either (design 3.5, rounds). */
const laterSettings = (
  { runtime }: DesiredNode,
  { imports }: Containerd,
  { movesDriver, moves }: Coming,
): readonly LaterSetting[] => {
  const config = (setting: string): LaterSetting => ({
    target: '/etc/containerd/config.toml',
    setting,
    disruption: disruptionOf(
      setting === labels.driver(runtime) ? 'containerd-cgroup-driver' : 'containerd-settings',
      movesDriver,
    ),
  });
  const { selinux } = runtime;
  const schemas = [...new Set([...schemasOf(runtime), ...(moves ? [3] : [])])];
  return [
    ...(runtime.handlers ?? []).map(name => config(handlerLabels.handler(name))),
    ...laterHandlerFiles(runtime),
    ...(runtime.defaultHandler === undefined ? [] : [config(handlerLabels.defaultHandler(runtime.defaultHandler))]),
    config(labels.driver(runtime)),
    config(labels.sandbox(runtime)),
    config(labels.criEnabled),
    ...schemas.map(schema => config(labels.version(schema))),
    ...(schemas.includes(3) ? imports : [])
      .filter(({ type }) => type !== 'absent')
      .map(({ path }) => ({ ...config(labels.version(3)), target: path })),
    ...(runtime.cniBinDir === undefined ? [] : [config(labels.cni(runtime.cniBinDir))]),
    ...(selinux === undefined
      ? []
      : [{ ...config(labels.selinux(selinux)), disruption: disruptionOf('containerd-selinux', movesDriver) }]),
    ...(runtime.registries.length === 0
      ? []
      : [config(labels.registryRoot(defaultRegistryRoot)), config(labels.registriesMoved)]),
    {
      target: containerdUnit,
      setting: unitLabel,
      disruption: disruptionOf('containerd-cgroup-driver', movesDriver),
    },
  ];
};

/** By the configuration that is there: packages bring nothing of registries. */
const laterRegistries = (
  { containerd: observed, registryFiles }: Pick<Required, 'containerd' | 'registryFiles'>,
  { runtime }: DesiredNode,
  { moves }: Coming,
): HostsPlan => {
  const { version = (moves ? undefined : observed.version) ?? '2.0.0' } = runtime;
  const read = readConfigSet(observed, version, moves);
  return read.ok ? planHosts(read.set, registryFiles, runtime) : { plan: noRegistries, runtime };
};

/** Of the line that the file of upstream's package lacks: 1.x knows 2, later ones 3; or of a file that goes with containerd 2.x. */
const schemasOf = ({ version, source }: DesiredRuntime): readonly number[] => {
  if (version !== undefined && isAtLeast(version, '2.0')) return [3];
  if (source !== 'upstream') return [];
  return version === undefined ? [2, 3] : [2];
};

export const planSettings = (facts: Required, cri: FactValues['cri'], desired: DesiredNode): InstallerPlan => {
  const { containerd: observed, services, clusterState } = facts;
  const unit = services[containerdUnit];
  if (observed.version === undefined) return refused(planRefused('`containerd --version` gives no version'));
  if (unit === undefined || unit.loadState === 'not-found') {
    return refused(
      planRefused(
        `there is no unit ${containerdUnit}`,
        `Reinstall the package of containerd; one that no package brought (${observed.binary}) needs the unit of upstream's archive.`,
      ),
    );
  }
  const read = readConfigSet(observed, observed.version, isMoving(observed, unit));
  if (!read.ok) return refused(...read.refusals);
  const set = { ...read.set, isMove: read.set.isMove || isLeftBehind(read.set, cri[containerdSocket]) };
  const { handlers } = facts;
  const { plan: registries, runtime } = planHosts(set, facts.registryFiles, desired.runtime);
  const config = planConfig(
    ...([set, { ...desired, runtime }, clusterState.joined] as const),
    registries.wakes,
    handlers.tables,
  );
  const refusals = [...config.refusals, ...registries.refusals];
  if (refusals.length > 0) return refused(...refusals);
  const { registryPath } = config;
  const running = { containerd: observed, unit, cri, writes: config.changes.length > 0, registryPath };
  const gaps = gapsInForce(running, config.handlers, desired.runtime);
  return {
    changes: [
      ...handlers.files,
      ...registries.changes,
      ...config.changes,
      ...planService(unit, gaps, clusterState.joined),
    ],
    later: [],
    refusals: [],
    originals: { ...config.originals, ...registries.originals, ...handlers.originals },
  };
};

/** A configuration that cannot be read by any schema is refused with the rest of it. */
const planHosts = (original: ConfigSet, files: Observed<RegistryFiles>, asked: DesiredRuntime): HostsPlan => {
  const nothingToDo = { plan: noRegistries, runtime: asked };
  const migration = migrateSchema(original, asked);
  if (!migration.ok) return nothingToDo;
  const { set, isMigrated } = migration;
  const choice = chooseDialect(set);
  if (!choice.ok) return nothingToDo;
  const { dialect } = choice;
  const merged = mergeFiles(set);
  const runtime = isMigrated ? withInlineRegistries(asked, merged, dialect) : asked;
  if (runtime.registries.length === 0) return nothingToDo;
  const known = knownFacts({ registryFiles: files }, ['registryFiles'], 'the registries of containerd');
  if (!known.known) return { plan: { ...noRegistries, refusals: known.refusals }, runtime };
  return { plan: planRegistries({ merged, dialect, files: known.value.registryFiles }, runtime), runtime };
};

interface HostsPlan {
  readonly plan: RegistryPlan;
  /** With the registries that a migration of the schema carries over. */
  readonly runtime: DesiredRuntime;
}

/** Mirrors and certificates in config.toml are deprecated in 2.x, so they move to hosts.toml with the schema; what they say stays. */
const withInlineRegistries = (runtime: DesiredRuntime, merged: TomlTable, { images }: Dialect): DesiredRuntime => {
  const { mirrors, trust } = inlineRegistries(merged, images);
  const named = runtime.registries.map(({ name }) => name);
  const inline = [...new Set([...Object.keys(mirrors), ...Object.keys(trust)])].filter(name => !named.includes(name));
  const registries = inline.map(name => ({ name, mirrors: [], ca: undefined, skipVerify: undefined }));
  return { ...runtime, registries: [...runtime.registries, ...registries] };
};
