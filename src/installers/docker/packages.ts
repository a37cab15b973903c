import type { ArchiveChange, FileChange, HoldChange, PackageChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { engineMisfit } from '../../core/docker-api.ts';
import { packageCommands } from '../../core/package-manager.ts';
import { daemonConfig } from '../../facts/docker-in-force.ts';
import type { FactValues } from '../../facts/index.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { type PackageFacts, type PackagePlan, planRuntimePackage } from '../package-plan.ts';
import { planCriDockerdArchive } from './archive.ts';
import type { EnginePackages } from './engines.ts';
import { labels } from './labels.ts';

type Facts = PackageFacts & Pick<FactValues, 'archives' | 'docker'>;

export interface ProgramsPlan {
  readonly changes: readonly (PackageChange | HoldChange | ArchiveChange | FileChange)[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
}

/** The engine at the version that is asked for; cri-dockerd from the archive that the inventory names, else whatever the sources of the host have. */
export const planPrograms = (
  names: EnginePackages,
  facts: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
  survives: boolean,
): ProgramsPlan => {
  const barred = inTheWay(names, facts, os);
  if (barred.length > 0) return { changes: [], refusals: barred, originals: {} };
  const engine = planEngine(names, facts, desired, os, survives);
  const archive = desired.archives?.criDockerd;
  const bridge = archive === undefined ? planBridgePackage(facts, desired, os) : planCriDockerdArchive(facts, archive);
  const changes = [...engine.changes, ...bridge.changes];
  const refusals = [...engine.refusals, ...bridge.refusals];
  return {
    changes,
    refusals: refusals.length > 0 ? refusals : misfit(names, facts, desired, changes),
    originals: 'originals' in bridge ? bridge.originals : {},
  };
};

const inTheWay = ({ engine, conflicts }: EnginePackages, { packages }: Facts, os: OsFamily): readonly Refusal[] => {
  const there = conflicts.filter(name => packages.installed[name] !== undefined);
  if (there.length === 0) return [];
  const named = there.map(name => `${name} ${packages.installed[name]}`).join(', ');
  return [
    planRefused(
      `${named} ${there.length === 1 ? 'is' : 'are'} installed and cannot be beside ${engine}, which the inventory asks for; nodeprep does not remove packages for it`,
      `Set runtime.name and runtime.source to what is there; or, on a node without pods, run \`${packageCommands[os.packageManager].remove} ${there.join(' ')}\` (${os.packageManager} says what else goes with it) and plan again.`,
    ),
  ];
};

const planEngine = (
  { engine, label }: EnginePackages,
  facts: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
  survives: boolean,
): PackagePlan =>
  planRuntimePackage(
    {
      name: engine,
      label,
      program: { binary: facts.docker.engine, version: facts.docker.engineVersion },
      disruption: {
        install: 'docker-install',
        hold: 'docker-hold',
        upgrade: survives ? 'docker-upgrade-live' : 'docker-upgrade',
      },
      setting: labels.package(engine, desired.version),
    },
    facts,
    desired,
    os,
  );

const planBridgePackage = (facts: Facts, desired: DesiredRuntime, os: OsFamily): PackagePlan => {
  const { criDockerd: binary, criDockerdVersion: version } = facts.docker;
  const plan = planRuntimePackage(
    {
      name: 'cri-dockerd',
      label: 'cri-dockerd',
      program: { binary, version },
      disruption: { install: 'cri-dockerd-install', hold: 'docker-hold', upgrade: 'cri-dockerd-settings' },
      setting: labels.package('cri-dockerd', undefined),
    },
    facts,
    { ...desired, version: undefined },
    os,
  );
  return { ...plan, refusals: plan.refusals.map(withArchive) };
};

/** Distributions do not have it. */
const withArchive = (refusal: Refusal): Refusal =>
  /not on offer/.test(refusal.message)
    ? {
        ...refusal,
        hint: 'Distributions have no cri-dockerd: name its release archive in the inventory, runtime: { archives: { criDockerd: { url: …, sha256: … } } } (https://github.com/Mirantis/cri-dockerd/releases), or give the host a package source that has it.',
      }
    : refusal;

/** By what is planned, else by what is there; versions that only apply will know are judged in the next round. */
const misfit = (
  names: EnginePackages,
  { docker }: Facts,
  { archives }: DesiredRuntime,
  changes: ProgramsPlan['changes'],
): readonly Refusal[] => {
  const planned = (name: string, found: string | undefined): string | undefined => {
    const change = changes.find(one => one.kind === 'package' && one.name === name);
    return change?.kind === 'package' ? numberIn(change.version ?? '') : found;
  };
  const { source } = archives?.criDockerd ?? {};
  const fromArchive = source === undefined ? undefined : numberIn(source.from === 'url' ? source.url : source.path);
  const engine = planned(names.engine, docker.engineVersion);
  const bridge = fromArchive ?? planned('cri-dockerd', docker.criDockerdVersion);
  if (engine === undefined || bridge === undefined) return [];
  const config = daemonConfig(docker);
  const minApi = config.known ? config.value['min-api-version'] : undefined;
  const found = engineMisfit(engine, bridge, typeof minApi === 'string' ? minApi : undefined);
  return found === undefined ? [] : [planRefused(found.problem, sentence(found.ways))];
};

/** `5:28.5.2-1~debian` → `28.5.2`; `…/v0.4.0/cri-dockerd-0.4.0.amd64.tgz` → `0.4.0`. */
const numberIn = (text: string): string | undefined => /(?:^|[:/v-])(\d+\.\d+\.\d+)/.exec(text)?.[1];

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
