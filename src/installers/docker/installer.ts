import type { DesiredNode } from '../../core/desired.ts';
import { unknown } from '../../core/observed.ts';
import { anotherServes } from '../../facts/cri.ts';
import { criDockerUnit, dockerConfigPath, dockerUnit } from '../../facts/docker.ts';
import { outlivesRestart } from '../../facts/docker-in-force.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { disruptionOf } from '../disruption.ts';
import { defineInstaller, type InstallerPlan, type LaterSetting, type Refusal } from '../installer.ts';
import { knownFacts, nothing, planRefused, refused } from '../known-facts.ts';
import { keepsDriver } from '../package-plan.ts';
import { announced, planSource } from '../repository/source.ts';
import { unitLabel } from '../runtime-unit.ts';
import { criDockerSocket } from './archive.ts';
import { criDockerdDropIn, laterFlags } from './cri-dockerd-flags.ts';
import { planDaemonConfig } from './daemon-config.ts';
import { engineFor, isEngine } from './engines.ts';
import { labels } from './labels.ts';
import { planPrograms } from './packages.ts';
import { planDockerCertificates, registryEdits } from './registries.ts';
import { planSettings, type Seen } from './settings.ts';

const required = ['archives', 'cgroups', 'clock', 'clusterState', 'docker', 'packages', 'services'] as const;

/** Docker Engine with cri-dockerd: daemon.json is edited in place, cri-dockerd gets its flags by a drop-in, containerd beneath serves no CRI. */
export const docker = defineInstaller({
  id: 'docker',
  runtime: true,
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#docker',
  needs: [
    ...required,
    'aptSources',
    'candidates',
    'cri',
    'osRelease',
    'packageNeeds',
    'proxies',
    'registryFiles',
    'rpmSources',
  ],
  appliesTo: ({ runtime }) => isEngine(runtime),
  plan(facts, desired, os) {
    const known = knownFacts(facts, required, 'Docker Engine');
    if (!known.known) return refused(...known.refusals);
    const engine = engineFor(desired.runtime, os);
    if (engine === undefined) return refused(notInDistribution(os));
    const seen = { ...known.value, registryFiles: facts.registryFiles };
    const { joined } = seen.clusterState;
    const cri = facts.cri.known ? facts.cri.value : {};
    const source = planSource(facts, desired, os);
    const { isAwaited } = source;
    // What a repository offers is not known before its lists are there.
    const candidates = isAwaited ? unknown('what offers it is not set up yet') : facts.candidates;
    const survives = outlivesRestart(seen);
    const { packageNeeds } = facts;
    const isBeside = anotherServes(cri, desired.runtime.name);
    const programs = planPrograms(
      engine,
      { ...seen, packageNeeds, candidates, joined, isBeside },
      desired.runtime,
      os,
      survives,
    );
    const certificates = planDockerCertificates(seen.registryFiles, desired.runtime);
    const early = [...earlyLook(seen, desired), ...certificates.refusals];
    const refusals = [...source.refusals, ...programs.refusals, ...early];
    if (refusals.length > 0) return refused(...refusals);
    if (programs.changes.some(({ kind }) => kind !== 'hold')) {
      const isGentle = programs.changes.every(({ disruption }) => disruption !== 'drain');
      const emptiesNode = joined && !(survives && isGentle && keepsDriver(planSettings(seen, cri, desired, survives)));
      const settings = [
        ...laterSettings(programs.leaving.length > 0 ? withoutDropIn(seen) : seen, desired, joined, emptiesNode),
        ...certificates.changes.flatMap(announced),
      ];
      const originals = { ...programs.originals, ...source.originals };
      const { migration } = programs;
      const base = { ...nothing, originals, ...(migration === undefined ? {} : { migration }) };
      if (!isAwaited) return { ...base, changes: [...programs.leaving, ...programs.changes], later: settings };
      const waits = programs.changes.filter(({ kind }) => kind === 'package');
      const changes = [...source.changes, ...programs.changes.filter(change => !waits.includes(change))];
      return { ...base, changes, later: [...[...programs.leaving, ...waits].flatMap(announced), ...settings] };
    }
    const settings = planSettings(seen, cri, desired, survives);
    return {
      ...settings,
      changes: [...source.changes, ...programs.changes, ...settings.changes],
      originals: { ...settings.originals, ...source.originals },
    };
  },
});

const notInDistribution = ({ id }: OsFamily): Refusal =>
  planRefused(
    `distributions of the family ${id} have no package of Docker Engine`,
    'Set runtime.source: upstream for docker-ce of docker.com, or runtime.name: containerd.',
  );

/** nodeprep's own goes with an archive that it was written for. */
const withoutDropIn = ({ docker, ...seen }: Seen): Seen => ({
  ...seen,
  docker: { ...docker, unitFiles: docker.unitFiles.filter(({ path }) => path !== criDockerdDropIn) },
});

/** What bars the next round bars this one: an engine would not even start on such a file. */
const earlyLook = ({ docker: observed, cgroups, clusterState }: Seen, { runtime }: DesiredNode) =>
  planDaemonConfig(observed, cgroups, runtime, clusterState.joined).refusals;

/** What packages ship is not known before they are there (design 3.5, rounds). */
const laterSettings = (
  { docker }: Seen,
  { runtime }: DesiredNode,
  joined: boolean,
  emptiesNode: boolean,
): readonly LaterSetting[] =>
  [
    {
      target: dockerConfigPath,
      setting: labels.driver(runtime),
      disruption: disruptionOf('docker-cgroup-driver', emptiesNode),
    },
    ...(runtime.selinux === undefined
      ? []
      : [
          {
            target: dockerConfigPath,
            setting: labels.selinux(runtime.selinux),
            disruption: disruptionOf('docker-selinux', emptiesNode),
          },
        ]),
    ...registryEdits({}, runtime).map(({ path: [key] }) => ({
      target: dockerConfigPath,
      setting: labels.registries(key),
      disruption: disruptionOf('docker-registries'),
    })),
    ...laterFlags(docker, runtime).map(({ label }) => ({
      target: criDockerdDropIn,
      setting: label,
      disruption: disruptionOf('cri-dockerd-settings'),
    })),
    ...[dockerUnit, criDockerSocket, criDockerUnit].map(target => ({
      target,
      setting: unitLabel,
      disruption:
        target === dockerUnit
          ? disruptionOf('docker-cgroup-driver', emptiesNode)
          : disruptionOf('cri-dockerd-settings', joined),
    })),
  ] satisfies InstallerPlan['later'];
