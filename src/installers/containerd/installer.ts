import type { FileChange } from '../../changes/change.ts';
import type { DesiredNode, DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { FactValues } from '../../facts/index.ts';
import { defaultRegistryRoot, type RegistryFiles } from '../../facts/registry-files.ts';
import { disruptionOf } from '../disruption.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { type ConfigSet, mergeFiles, readConfigSet } from './config-set.ts';
import { chooseDialect } from './dialect.ts';
import { planConfig } from './edit-config.ts';
import { gapsInForce } from './in-force.ts';
import { labels } from './labels.ts';
import { planPackage } from './package.ts';
import { noRegistries, planRegistries, type RegistryPlan } from './registries/plan.ts';
import { containerdUnit, planService } from './service.ts';

const required = ['clock', 'clusterState', 'containerd', 'packages', 'services'] as const;
type Required = Pick<FactValues, (typeof required)[number]> & { readonly registryFiles: Observed<RegistryFiles> };

/** containerd from the packages of the distribution, or as it is there without one; its configuration is edited in place, never replaced. */
export const containerd = defineInstaller({
  id: 'containerd',
  runtime: true,
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd',
  needs: [...required, 'candidates', 'cri', 'registryFiles'],
  appliesTo: ({ runtime }) => runtime.name === 'containerd' && runtime.source === 'distribution',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'containerd');
    if (!known.known) return refused(...known.refusals);
    const seen: Required = { ...known.value, registryFiles: facts.registryFiles };
    const { clusterState, packages } = known.value;
    const { joined } = clusterState;
    const pkg = planPackage({ ...known.value, candidates: facts.candidates, joined }, desired.runtime, os);
    if (pkg.refusals.length > 0) return refused(...pkg.refusals);
    const cri = facts.cri.known ? facts.cri.value : {};
    const isInstalled = packages.installed[os.packages.containerd] !== undefined;
    if (pkg.changes.some(({ kind }) => kind === 'package')) {
      const movesDriver = joined && !(isInstalled && keepsDriver(planSettings(seen, cri, desired)));
      const registries = laterRegistries(seen, desired);
      if (registries.refusals.length > 0) return refused(...registries.refusals);
      const later = [...laterSettings(desired, movesDriver), ...registries.changes.flatMap(announced)];
      return { ...nothing, changes: pkg.changes, later };
    }
    const settings = planSettings(seen, cri, desired);
    return { ...settings, changes: [...pkg.changes, ...settings.changes] };
  },
});

/** An upgrade keeps the configuration; where that sets the driver by now, a later round that had to move it goes beyond what was agreed. */
const keepsDriver = ({ changes, refusals }: InstallerPlan): boolean =>
  refusals.length === 0 && changes.every(({ disruption }) => disruption !== 'drain');

/** What a package ships is not known before it is there, so the text of these edits is not either (design 3.5, rounds). */
const laterSettings = ({ runtime }: DesiredNode, movesDriver: boolean): readonly LaterSetting[] => {
  const config = (setting: string): LaterSetting => ({
    target: '/etc/containerd/config.toml',
    setting,
    disruption: disruptionOf(
      setting === labels.driver(runtime) ? 'containerd-cgroup-driver' : 'containerd-settings',
      movesDriver,
    ),
  });
  return [
    config(labels.driver(runtime)),
    config(labels.sandbox(runtime)),
    config(labels.criEnabled),
    ...(runtime.cniBinDir === undefined ? [] : [config(labels.cni(runtime.cniBinDir))]),
    ...(runtime.registries.length === 0
      ? []
      : [config(labels.registryRoot(defaultRegistryRoot)), config(labels.registriesMoved)]),
    {
      target: containerdUnit,
      setting: labels.service,
      disruption: disruptionOf('containerd-cgroup-driver', movesDriver),
    },
  ];
};

/** By the configuration that is there: packages bring nothing of registries. */
const laterRegistries = ({ containerd: observed, registryFiles }: Required, { runtime }: DesiredNode): RegistryPlan => {
  const read = readConfigSet(observed, observed.version ?? '2.0.0');
  return read.ok ? planHosts(read.set, registryFiles, runtime) : noRegistries;
};

const announced = ({ path, settings = [], disruption }: FileChange): readonly LaterSetting[] =>
  settings.map(setting => ({ target: path, setting, disruption }));

const planSettings = (facts: Required, cri: FactValues['cri'], desired: DesiredNode): InstallerPlan => {
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
  const read = readConfigSet(observed, observed.version);
  if (!read.ok) return refused(...read.refusals);
  const registries = planHosts(read.set, facts.registryFiles, desired.runtime);
  const config = planConfig(read.set, desired, clusterState.joined, registries.wakes);
  const refusals = [...config.refusals, ...registries.refusals];
  if (refusals.length > 0) return refused(...refusals);
  const { registryPath } = config;
  const running = { containerd: observed, unit, cri, writes: config.changes.length > 0, registryPath };
  const gaps = gapsInForce(running, config.handlers, desired.runtime);
  return {
    changes: [...registries.changes, ...config.changes, ...planService(unit, gaps, clusterState.joined)],
    later: [],
    refusals: [],
    originals: { ...config.originals, ...registries.originals },
  };
};

/** A configuration that cannot be read by any schema is refused with the rest of it. */
const planHosts = (set: ConfigSet, files: Observed<RegistryFiles>, runtime: DesiredRuntime): RegistryPlan => {
  const choice = chooseDialect(set);
  if (!choice.ok || runtime.registries.length === 0) return noRegistries;
  const known = knownFacts({ registryFiles: files }, ['registryFiles'], 'the registries of containerd');
  if (!known.known) return { ...noRegistries, refusals: known.refusals };
  return planRegistries(
    { merged: mergeFiles(set), dialect: choice.dialect, files: known.value.registryFiles },
    runtime,
  );
};
