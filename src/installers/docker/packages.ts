import type { DesiredRuntime } from '../../core/desired.ts';
import { engineMisfit } from '../../core/docker-api.ts';
import { daemonConfig } from '../../facts/docker-in-force.ts';
import type { FactValues } from '../../facts/index.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type PackageFacts, type PackagePlan, planRuntimePackage } from '../package-plan.ts';

type Facts = PackageFacts & Pick<FactValues, 'docker'>;

/** Of one vendor's engine; `also` is installed with it where it is on offer. */
export interface EnginePackages {
  readonly engine: string;
  readonly also: readonly string[];
  readonly label: string;
  /** Engines of other vendors, which cannot be beside it. */
  readonly others: readonly string[];
}

export const distributionEngine: EnginePackages = {
  engine: 'docker.io',
  also: [],
  label: 'Docker Engine',
  others: ['docker-ce', 'docker-ee'],
};

/** The engine at the version that is asked for, and whatever cri-dockerd the sources of the host have. */
export const planPackages = (
  names: EnginePackages,
  facts: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
  survives: boolean,
): PackagePlan => {
  const { docker, packages } = facts;
  const other = names.others.find(name => packages.installed[name] !== undefined);
  if (other !== undefined) {
    return refuse(
      planRefused(
        `${other} ${packages.installed[other]} is installed, but the inventory asks for ${names.engine}`,
        'Set runtime.name and runtime.source to what is there, or remove it first.',
      ),
    );
  }
  const engine = planRuntimePackage(
    {
      name: names.engine,
      label: names.label,
      program: { binary: docker.engine, version: docker.engineVersion },
      disruption: {
        install: 'docker-install',
        hold: 'docker-hold',
        upgrade: survives ? 'docker-upgrade-live' : 'docker-upgrade',
      },
    },
    facts,
    desired,
    os,
  );
  const bridge = planRuntimePackage(
    {
      name: 'cri-dockerd',
      label: 'cri-dockerd',
      program: { binary: docker.criDockerd, version: docker.criDockerdVersion },
      disruption: { install: 'cri-dockerd-install', hold: 'docker-hold', upgrade: 'cri-dockerd-settings' },
    },
    facts,
    { ...desired, version: undefined },
    os,
  );
  const changes = [...engine.changes, ...bridge.changes];
  const refusals = [...engine.refusals, ...bridge.refusals.map(withArchive)];
  return { changes, refusals: refusals.length > 0 ? refusals : misfit(facts, changes, names) };
};

const refuse = (...refusals: readonly Refusal[]): PackagePlan => ({ changes: [], refusals });

/** Distributions do not have it. */
const withArchive = (refusal: Refusal): Refusal =>
  /not on offer/.test(refusal.message)
    ? {
        ...refusal,
        hint: 'Distributions have no cri-dockerd: give the host a package source that has one (its releases are at https://github.com/Mirantis/cri-dockerd/releases).',
      }
    : refusal;

/** By what is planned, else by what is there; versions that only apply will know are judged in the next round. */
const misfit = (facts: Facts, changes: PackagePlan['changes'], names: EnginePackages): readonly Refusal[] => {
  const { docker } = facts;
  const planned = (name: string, found: string | undefined): string | undefined => {
    const change = changes.find(one => one.kind === 'package' && one.name === name);
    const version = change?.kind === 'package' ? change.version : undefined;
    return change?.kind !== 'package' ? found : /(?:^|:)(\d+\.\d+(?:\.\d+)?)/.exec(version ?? '')?.[1];
  };
  const engine = planned(names.engine, docker.engineVersion);
  const bridge = planned('cri-dockerd', docker.criDockerdVersion);
  if (engine === undefined || bridge === undefined) return [];
  const config = daemonConfig(docker);
  const minApi = config.known ? config.value['min-api-version'] : undefined;
  const found = engineMisfit(engine, bridge, typeof minApi === 'string' ? minApi : undefined);
  return found === undefined ? [] : [planRefused(found.problem, found.ways)];
};
