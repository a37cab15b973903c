import type { DesiredNode } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import { criDockerUnit, dockerUnit } from '../../facts/docker.ts';
import type { FactValues } from '../../facts/index.ts';
import type { RegistryFiles } from '../../facts/registry-files.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import type { InstallerPlan } from '../installer.ts';
import { planRefused, refused } from '../known-facts.ts';
import { planRuntimeUnit } from '../runtime-unit.ts';
import { criDockerSocket } from './archive.ts';
import { planCriDockerdFlags } from './cri-dockerd-flags.ts';
import { planDaemonConfig } from './daemon-config.ts';
import { dockerGaps, isPatchOfRunning, unreadRegistries } from './in-force.ts';
import { planDockerCertificates } from './registries.ts';

export type Seen = Pick<
  FactValues,
  'archives' | 'cgroups' | 'clock' | 'clusterState' | 'docker' | 'packages' | 'services'
> & { readonly registryFiles: Observed<RegistryFiles> };

/** Once the programs are there: their files, and what runs. */
export const planSettings = (
  seen: Seen,
  cri: FactValues['cri'],
  { runtime }: DesiredNode,
  survives: boolean,
): InstallerPlan => {
  const { docker, cgroups, services, clusterState } = seen;
  const { joined } = clusterState;
  const [engine, socket, bridge] = [services[dockerUnit], services[criDockerSocket], services[criDockerUnit]];
  if (engine === undefined || bridge === undefined || socket === undefined) return noUnit(seen);
  if ([engine, socket, bridge].some(({ loadState }) => loadState === 'not-found')) return noUnit(seen);
  const config = planDaemonConfig(docker, cgroups, runtime, joined);
  const certificates = planDockerCertificates(seen.registryFiles, runtime);
  const flags = planCriDockerdFlags(docker, runtime);
  const gaps = dockerGaps({ docker, cgroups, engine, bridge, cri }, runtime);
  const stops = survives || gaps.engine.length + gaps.replaced.length === 0 ? [] : bystanders(seen);
  const outlives = survives && isPatchOfRunning({ docker, cri });
  const besideEngine = { disruptionOf: () => disruptionOf('cri-dockerd-settings', joined) };
  return {
    changes: [
      ...certificates.changes,
      ...config.changes,
      ...flags.changes,
      ...planRuntimeUnit({
        unit: dockerUnit,
        state: engine,
        gaps: [
          ...[...gaps.engine, ...stops].map(reason => ({ reason, driver: true })),
          ...gaps.replaced.map(reason => ({ reason, driver: !outlives })),
          ...unreadRegistries(docker, engine, runtime).map(reason => ({
            reason,
            driver: false,
            action: 'reload' as const,
          })),
        ],
        disruptionOf: (action, movesDriver) => disruptionOf(engineRow(action, movesDriver), joined),
      }),
      ...planRuntimeUnit({ ...besideEngine, unit: criDockerSocket, state: socket, gaps: [] }),
      ...planRuntimeUnit({
        ...besideEngine,
        unit: criDockerUnit,
        state: bridge,
        gaps: gaps.bridge.map(reason => ({ reason, driver: false })),
      }),
    ],
    later: [],
    refusals: [...certificates.refusals, ...config.refusals, ...flags.refusals],
    originals: { ...certificates.originals, ...config.originals, ...flags.originals },
  };
};

const engineRow = (action: 'reload' | 'restart', movesDriver: boolean): DisruptionId => {
  if (action === 'reload') return 'docker-registries';
  return movesDriver ? 'docker-cgroup-driver' : 'docker-upgrade-live';
};

/** Whoever runs containers beside Kubernetes should know before that they stop. */
const bystanders = ({ docker: { containers = [] } }: Seen): readonly string[] => {
  const names = containers.filter(({ kubernetes, running }) => kubernetes === null && running).map(({ name }) => name);
  return names.length === 0
    ? []
    : [`without live-restore this stops containers that Kubernetes does not own: ${names.toSorted().join(', ')}`];
};

const noUnit = ({ services, docker: { criDockerd } }: Seen): InstallerPlan => {
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
