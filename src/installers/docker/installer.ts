import type { DesiredNode } from '../../core/desired.ts';
import { criDockerUnit, dockerConfigPath, dockerUnit } from '../../facts/docker.ts';
import { daemonConfig, engineFlags, keepsContainers } from '../../facts/docker-in-force.ts';
import type { FactValues } from '../../facts/index.ts';
import { laterCriOff, planCriOff } from '../containerd/cri-off.ts';
import { containerdUnit } from '../containerd/service.ts';
import { disruptionOf } from '../disruption.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { criDockerdDropIn, planCriDockerdFlags, wantedFlags } from './cri-dockerd-flags.ts';
import { planDaemonConfig } from './daemon-config.ts';
import { dockerGaps } from './in-force.ts';
import { labels } from './labels.ts';
import { podsElsewhere } from './other-runtime.ts';
import { distributionEngine, planPackages } from './packages.ts';
import { planUnit } from './services.ts';

const required = ['cgroups', 'clock', 'clusterState', 'containerd', 'docker', 'packages', 'services'] as const;
type Required = Pick<FactValues, (typeof required)[number]>;

const criDockerSocket = 'cri-docker.socket';

/** Docker Engine with cri-dockerd: daemon.json is edited in place, cri-dockerd gets its flags by a drop-in, containerd beneath serves no CRI. */
export const docker = defineInstaller({
  id: 'docker',
  runtime: true,
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#docker',
  needs: [...required, 'candidates', 'cri'],
  appliesTo: ({ runtime }) => runtime.name === 'docker' && runtime.source === 'distribution',
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'Docker Engine');
    if (!known.known) return refused(...known.refusals);
    const { clusterState, packages } = known.value;
    const { joined } = clusterState;
    const cri = facts.cri.known ? facts.cri.value : {};
    const elsewhere = podsElsewhere(cri, joined);
    if (elsewhere.length > 0) return refused(...elsewhere);
    const survives = outlivesRestart(known.value);
    const packageFacts = { ...known.value, candidates: facts.candidates, joined };
    const pkg = planPackages(distributionEngine, packageFacts, desired.runtime, os, survives);
    if (pkg.refusals.length > 0) return refused(...pkg.refusals);
    if (pkg.changes.some(({ kind }) => kind === 'package')) {
      // An engine that is there is looked at now: what bars the next round bars this one.
      const early =
        packages.installed[distributionEngine.engine] === undefined ? nothing : earlyLook(known.value, desired);
      if (early.refusals.length > 0) return early;
      return { ...nothing, changes: pkg.changes, later: laterSettings(desired, joined) };
    }
    const settings = planSettings(known.value, cri, desired);
    return { ...settings, changes: [...pkg.changes, ...settings.changes] };
  },
});

/** live-restore counts where the running engine has read it. */
const outlivesRestart = ({ docker: observed, services }: Required): boolean => {
  const config = daemonConfig(observed);
  const startedAt = services[dockerUnit]?.startedAtSeconds ?? null;
  const isNewer = startedAt === null || observed.config.mtimeSeconds > startedAt;
  return config.known && !isNewer && keepsContainers(config.value, engineFlags(observed));
};

const earlyLook = ({ docker: observed, cgroups, clusterState }: Required, { runtime }: DesiredNode): InstallerPlan =>
  refused(...planDaemonConfig(observed, cgroups, runtime, clusterState.joined).refusals);

/** What packages ship is not known before they are there (design 3.5, rounds). */
const laterSettings = ({ runtime }: DesiredNode, joined: boolean): readonly LaterSetting[] => [
  {
    target: dockerConfigPath,
    setting: labels.driver(runtime),
    disruption: disruptionOf('docker-cgroup-driver', joined),
  },
  ...wantedFlags(runtime).map(({ label }) => ({
    target: criDockerdDropIn,
    setting: label,
    disruption: disruptionOf('cri-dockerd-settings'),
  })),
  ...laterCriOff,
  ...[dockerUnit, criDockerSocket, criDockerUnit].map(target => ({
    target,
    setting: labels.service,
    disruption: disruptionOf(target === dockerUnit ? 'docker-cgroup-driver' : 'cri-dockerd-settings', joined),
  })),
];

const planSettings = (facts: Required, cri: FactValues['cri'], { runtime }: DesiredNode): InstallerPlan => {
  const { docker: observed, containerd, cgroups, services, clusterState } = facts;
  const { joined } = clusterState;
  const [engine, socket, bridge] = [services[dockerUnit], services[criDockerSocket], services[criDockerUnit]];
  if (engine === undefined || bridge === undefined || socket === undefined) return noUnit(facts);
  if ([engine, socket, bridge].some(({ loadState }) => loadState === 'not-found')) return noUnit(facts);
  const config = planDaemonConfig(observed, cgroups, runtime, joined);
  const flags = planCriDockerdFlags(observed, runtime);
  const beside = planCriOff({ containerd, unit: services[containerdUnit], cri });
  const gaps = dockerGaps({ docker: observed, cgroups, engine, bridge, cri }, runtime);
  const stops = outlivesRestart(facts) || gaps.engine.length === 0 ? [] : bystanders(facts);
  return {
    changes: [
      ...config.changes,
      ...flags.changes,
      ...beside.changes,
      ...planUnit({
        unit: dockerUnit,
        state: engine,
        reasons: [...gaps.engine, ...stops],
        disruption: 'docker-cgroup-driver',
        movesDriver: true,
        joined,
      }),
      ...planUnit({
        unit: criDockerSocket,
        state: socket,
        reasons: [],
        disruption: 'cri-dockerd-settings',
        movesDriver: false,
        joined,
      }),
      ...planUnit({
        unit: criDockerUnit,
        state: bridge,
        reasons: gaps.bridge,
        disruption: 'cri-dockerd-settings',
        movesDriver: false,
        joined,
      }),
    ],
    later: [],
    refusals: [...config.refusals, ...flags.refusals, ...beside.refusals],
    originals: { ...config.originals, ...flags.originals, ...beside.originals },
  };
};

/** Whoever runs containers beside Kubernetes should know before that they stop. */
const bystanders = ({ docker: { containers = [] } }: Required): readonly string[] => {
  const names = containers.filter(({ kubernetes, running }) => kubernetes === null && running).map(({ name }) => name);
  return names.length === 0
    ? []
    : [`without live-restore this stops containers that Kubernetes does not own: ${names.toSorted().join(', ')}`];
};

const noUnit = ({ services, docker: { criDockerd } }: Required): InstallerPlan => {
  const absent = [dockerUnit, criDockerSocket, criDockerUnit].filter(
    unit => (services[unit]?.loadState ?? 'not-found') === 'not-found',
  );
  return refused(
    planRefused(
      `there is no unit ${absent.join(', ')}`,
      `Reinstall the package that it belongs to; a cri-dockerd that no package brought (${criDockerd}) needs the units of upstream's packaging/systemd.`,
    ),
  );
};
