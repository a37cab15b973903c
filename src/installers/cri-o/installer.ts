import type { DirectoryChange } from '../../changes/change.ts';
import { monitorKey } from '../../core/crio-monitor.ts';
import type { DesiredNode, DesiredRuntime } from '../../core/desired.ts';
import { type Observed, unknown } from '../../core/observed.ts';
import { anotherServes } from '../../facts/cri.ts';
import type { Crio } from '../../facts/crio.ts';
import { crioDropIn, inWalkOrder } from '../../facts/crio.ts';
import type { HostFile } from '../../facts/fact.ts';
import type { FactValues } from '../../facts/index.ts';
import type { RegistryFiles } from '../../facts/registry-files.ts';
import type { Service } from '../../facts/services.ts';
import { tableAt, valueAt } from '../../toml/parse.ts';
import { disruptionOf } from '../disruption.ts';
import { handlerLabels } from '../handlers/labels.ts';
import { type HandlersPlan, laterHandlerFiles, laterPackages, planHandlers, unbundled } from '../handlers/plan.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { keepsDriver } from '../package-plan.ts';
import { announced, planSource } from '../repository/source.ts';
import { unitLabel } from '../runtime-unit.ts';
import { mergeFiles, readConfigSet } from './config-set.ts';
import { homeOf, planConfig } from './edit-config.ts';
import { handlerRow, handlersPath } from './handlers.ts';
import { gapsInForce } from './in-force.ts';
import { labels } from './labels.ts';
import { packageName, planPackage } from './package.ts';
import { planCrioRegistries, registriesGap } from './registries.ts';
import { crioUnit, planService } from './service.ts';
import { planTrust, registriesPath } from './trust.ts';
import { monitorSetting, restartRow, type WantedSetting } from './wanted-settings.ts';

const required = ['clock', 'clusterState', 'crio', 'packages', 'services'] as const;
export type SettingsFacts = Pick<FactValues, 'clusterState' | 'crio' | 'services'> & {
  readonly registryFiles: Observed<RegistryFiles>;
  readonly handlers: HandlersPlan;
};

/** CRI-O from packages that the sources of the host offer or from upstream's, or as it is there without one. */
export const criO = defineInstaller({
  id: 'cri-o',
  runtime: true,
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#cri-o',
  needs: [
    ...required,
    'archives',
    'aptSources',
    'candidates',
    'cri',
    'ociRuntimes',
    'osRelease',
    'proxies',
    'registryFiles',
    'rpmSources',
  ],
  appliesTo: ({ runtime }) => runtime.name === 'cri-o' && runtime.source !== 'archive',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'CRI-O');
    if (!known.known) return refused(...known.refusals);
    const { clusterState, crio } = known.value;
    const cri = facts.cri.known ? facts.cri.value : {};
    const registries = planCrioRegistries(facts.registryFiles, desired.runtime);
    const { joined } = clusterState;
    const source = planSource(facts, desired, os);
    const { isAwaited } = source;
    // What a repository offers is not known before its lists are there.
    const candidates = isAwaited ? unknown('what offers it is not set up yet') : facts.candidates;
    const isBeside = anotherServes(cri, desired.runtime.name);
    const { archives } = facts;
    const pkg = planPackage({ ...known.value, archives, candidates, joined, isBeside }, desired.runtime, os);
    const handlerFacts = { ...known.value, candidates, joined, ociRuntimes: facts.ociRuntimes };
    // Which handlers CRI-O's package brings shows once it is there.
    const handlers = planHandlers('crio', handlerFacts, unbundled(desired.runtime, crio), os);
    const seen: SettingsFacts = { ...known.value, registryFiles: facts.registryFiles, handlers };
    const refusals = [...source.refusals, ...pkg.refusals, ...registries.refusals, ...handlers.refusals];
    if (refusals.length > 0) return refused(...refusals);
    const isInstalled = known.value.packages.installed[packageName] !== undefined;
    const programs = [...pkg.changes, ...handlers.packages];
    const awaited = programs.filter(({ kind }) => kind === 'package');
    if (awaited.length > 0) {
      const read = readConfigSet(crio, inWalkOrder);
      if (!read.ok) return refused(...read.refusals);
      const movesDriver = joined && !(isInstalled && keepsDriver(planSettings(seen, cri, desired)));
      const later = [
        ...laterPackages(desired.runtime, os),
        ...laterSettings(crio, desired, movesDriver),
        ...registries.changes.flatMap(announced),
      ];
      if (!isAwaited) return { ...nothing, changes: programs, later };
      return {
        ...nothing,
        changes: [...source.changes, ...programs.filter(({ kind }) => kind === 'hold')],
        later: [...awaited.flatMap(announced), ...later],
        originals: source.originals,
      };
    }
    const settings = planSettings(seen, cri, desired);
    // A CRI-O that no package brought stays, and needs no source of packages.
    const sources = isInstalled ? source.changes : [];
    return {
      ...settings,
      changes: [...sources, ...programs, ...settings.changes],
      originals: { ...settings.originals, ...source.originals },
    };
  },
});

/** What a package ships is not known before it is there (design 3.5, rounds); files of others that sort after ours may be. */
export const laterSettings = (crio: Crio, { runtime }: DesiredNode, movesDriver: boolean): readonly LaterSetting[] => {
  const files = [crioDropIn, ...crio.dropIns.map(({ path }) => path).filter(path => inWalkOrder(path, crioDropIn) > 0)];
  const config = (setting: string, row: WantedSetting['row']): readonly LaterSetting[] =>
    files.map(target => ({ target, setting, disruption: disruptionOf(row, movesDriver) }));
  const harmless = (targets: readonly string[], setting: string): readonly LaterSetting[] =>
    targets.map(target => ({ target, setting, disruption: 'none' }));
  return [
    ...config(labels.driver(runtime), 'cri-o-cgroup-driver'),
    ...(runtime.cgroupDriver === 'cgroupfs' ? config(labels.conmon('pod'), 'cri-o-cgroup-driver') : []),
    ...laterMonitors(crio, runtime, movesDriver),
    ...(runtime.handlers ?? []).flatMap(name => config(handlerLabels.handler(name), handlerRow(runtime))),
    ...(runtime.defaultHandler === undefined
      ? []
      : config(handlerLabels.defaultHandler(runtime.defaultHandler), 'cri-o-default-handler')),
    ...laterHandlerFiles(runtime),
    ...config(labels.sandbox(runtime), 'cri-o-pause-image'),
    ...(runtime.cniBinDir === undefined ? [] : config(labels.cni(runtime.cniBinDir), restartRow(runtime.cgroupDriver))),
    ...(runtime.selinux === undefined ? [] : config(labels.selinux(runtime.selinux), 'cri-o-selinux')),
    ...harmless(absent(crio.policies), labels.policy),
    ...harmless(crio.registries.length === 0 ? [registriesPath] : [], labels.registries),
    ...harmless(absent(crio.ownDirectories), labels.directory),
    { target: crioUnit, setting: unitLabel, disruption: disruptionOf('cri-o-cgroup-driver', movesDriver) },
  ];
};

/** Of handlers that are in files already; whether theirs counts depends on what the package brings. */
const laterMonitors = (crio: Crio, runtime: DesiredRuntime, movesDriver: boolean): readonly LaterSetting[] => {
  const read = readConfigSet(crio, inWalkOrder);
  if (!read.ok) return [];
  const tables = Object.entries(tableAt(mergeFiles(read.set), handlersPath) ?? {});
  return tables.flatMap(([name, table]) => {
    if ([undefined, 'pod'].includes(valueAt(table, [monitorKey])?.toString())) return [];
    const setting = monitorSetting(name, runtime);
    const home = homeOf(read.set, setting);
    const disruption = disruptionOf(setting.row, movesDriver);
    return home === undefined ? [] : [{ target: home.file.path, setting: setting.label, disruption }];
  });
};

const absent = (files: readonly HostFile[]): readonly string[] =>
  files.filter(({ type }) => type === 'absent').map(({ path }) => path);

export const planSettings = (facts: SettingsFacts, cri: FactValues['cri'], desired: DesiredNode): InstallerPlan => {
  const { crio, services, clusterState } = facts;
  const unit = services[crioUnit];
  if (crio.version === undefined) return refused(planRefused('`crio --version` gives no version'));
  if (unit === undefined || unit.loadState === 'not-found') {
    return refused(
      planRefused(
        `there is no unit ${crioUnit}`,
        `Reinstall the package of CRI-O; one that no package brought (${crio.binary}) needs the unit of upstream's bundle.`,
      ),
    );
  }
  const overrides = crio.overrides.filter(
    override => desired.runtime.handlers !== undefined || !/runtimes?=/i.test(override),
  );
  if (overrides.length > 0) {
    return refused(
      planRefused(
        `the running CRI-O was started with ${overrides.join(', ')}, which beats its files`,
        `Take it out of ${unit.fragmentPath}, its drop-ins or its environment file, restart ${crioUnit}, then plan again.`,
      ),
    );
  }
  const { handlers } = facts;
  const config = planConfig(crio, desired, clusterState.joined, handlers.tables);
  if (config.refusals.length > 0) return refused(...config.refusals);
  const read = readConfigSet(crio, inWalkOrder);
  const trust = read.ok ? planTrust(crio, mergeFiles(read.set)) : [];
  const registries = planCrioRegistries(facts.registryFiles, desired.runtime);
  if (registries.refusals.length > 0) return refused(...registries.refusals);
  const { selinux } = desired.runtime;
  const relabels =
    selinux !== undefined && config.changes.some(({ settings = [] }) => settings.includes(labels.selinux(selinux)));
  const gaps = gapsInForce({ crio, unit, cri, relabels }, desired.runtime);
  const unread = registriesGap(desired.runtime, registries, facts.registryFiles, unit);
  return {
    changes: [
      ...trust,
      ...registries.changes,
      ...ownDirectories(crio, unit),
      ...handlers.files,
      ...config.changes,
      ...planService(unit, [...gaps, ...unread], desired.runtime, clusterState.joined),
    ],
    later: [],
    refusals: [],
    originals: { ...config.originals, ...registries.originals, ...handlers.originals },
  };
};

/** It makes them itself at its first start; made before that, they go again when the run is taken back. */
const ownDirectories = (crio: Crio, { activeState }: Service): readonly DirectoryChange[] =>
  activeState === 'active'
    ? []
    : crio.ownDirectories
        .filter(({ type }) => type === 'absent')
        .map(({ path }) => ({
          kind: 'directory',
          id: `directory:${path}`,
          target: path,
          path,
          mode: '0755',
          summary: labels.directory,
          because: 'CRI-O makes it when it starts',
          phase: 'switch',
          disruption: 'none',
          reversible: true,
          settings: [labels.directory],
        }));
