import type { ArchiveChange, Change, FileChange, HoldChange, PackageChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import { engineMisfit } from '../../core/docker-api.ts';
import { known, type Observed } from '../../core/observed.ts';
import { isSameLine } from '../../core/versions.ts';
import { daemonConfig } from '../../facts/docker-in-force.ts';
import type { FactValues } from '../../facts/index.ts';
import type { PackageNeeds } from '../../facts/package-needs.ts';
import type { OsFamily } from '../../os/os-family.ts';
import { runtimePackages } from '../../os/runtime-packages.ts';
import type { Migration, Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { leaveArchive } from '../leave-archive.ts';
import { mergedMigration } from '../merged-migration.ts';
import { noProgram, type PackageFacts, type PackagePlan, planRuntimePackage } from '../package-plan.ts';
import { criDockerd, planCriDockerdArchive } from './archive.ts';
import type { EnginePackages } from './engines.ts';
import { labels } from './labels.ts';
import { planReplaced } from './replaced.ts';

type Facts = PackageFacts &
  Pick<FactValues, 'archives' | 'docker' | 'services'> & { readonly packageNeeds: Observed<PackageNeeds> };

export interface ProgramsPlan {
  /** What goes before packages come. */
  readonly leaving: readonly Change[];
  readonly changes: readonly (PackageChange | HoldChange | ArchiveChange | FileChange)[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
  readonly migration?: Migration;
}

/** The engine at the version that is asked for; cri-dockerd from the archive that the inventory names, else whatever the sources of the host have. */
export const planPrograms = (
  names: EnginePackages,
  facts: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
  survives: boolean,
): ProgramsPlan => {
  const replaced = planReplaced(names, facts, desired, os);
  if (replaced.refusals.length > 0) return { leaving: [], changes: [], refusals: replaced.refusals, originals: {} };
  const engine = planEngine(names, facts, desired, os, { survives, replaces: replaced.removes });
  const bridge = planBridge(facts, desired, os);
  const changes = [...engine.changes, ...bridge.changes];
  const refusals = [...engine.refusals, ...bridge.refusals];
  const migration = mergedMigration([replaced.migration ?? [], bridge.migration ?? []].flat());
  return {
    leaving: bridge.leaving,
    changes,
    refusals: refusals.length > 0 ? refusals : misfit(names, facts, desired, changes),
    ...(migration === undefined ? {} : { migration }),
    originals: bridge.originals,
  };
};

const planEngine = (
  { engine, label }: EnginePackages,
  facts: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
  { survives, replaces }: { readonly survives: boolean; readonly replaces: readonly string[] },
): PackagePlan =>
  planRuntimePackage(
    {
      name: engine,
      label,
      // Another vendor's goes with its package.
      program: replaces.length > 0 ? noProgram : { binary: facts.docker.engine, version: facts.docker.engineVersion },
      replaces,
      disruption: {
        install: 'docker-install',
        // live-restore is for patch releases alone: docs.docker.com/engine/daemon/live-restore
        upgrade:
          survives && isSameLine(facts.docker.engineVersion, desired.version)
            ? 'docker-upgrade-live'
            : 'docker-upgrade',
      },
      holds: runtimePackages(desired, os),
      setting: labels.package(engine, desired.version),
    },
    facts,
    desired,
    os,
  );

const planBridge = (facts: Facts, desired: DesiredRuntime, os: OsFamily): ProgramsPlan => {
  const archive = desired.archives?.criDockerd;
  if (archive !== undefined) return { leaving: [], ...planCriDockerdArchive(facts, archive) };
  const { criDockerd: binary, criDockerdVersion: version, unitFiles } = facts.docker;
  const left = leaveArchive(criDockerd, {
    ...facts,
    archives: known(facts.archives),
    program: { binary, version },
    files: unitFiles.filter(({ path }) => path.includes('/cri-docker.')),
  });
  const plan = planRuntimePackage(
    {
      name: 'cri-dockerd',
      label: 'cri-dockerd',
      program: left === undefined ? { binary, version } : noProgram,
      disruption: { install: 'cri-dockerd-install', upgrade: 'cri-dockerd-settings' },
      holds: ['cri-dockerd'],
      setting: labels.package('cri-dockerd', undefined),
      ...(left === undefined ? {} : { inPlaceOf: left.named }),
    },
    facts,
    { ...desired, version: undefined },
    os,
  );
  const refusals = left !== undefined && left.refusals.length > 0 ? left.refusals : plan.refusals.map(withArchive);
  const base = { leaving: [], changes: [], refusals, originals: {} };
  if (refusals.length > 0) return base;
  if (left === undefined) return { ...base, changes: plan.changes };
  return { ...base, leaving: left.changes, changes: plan.changes, migration: migrationOf(left.named, desired) };
};

const migrationOf = (named: string, { name: to }: DesiredRuntime): Migration => ({
  from: [named],
  to,
  asked: 'its package (it names no runtime.archives.criDockerd)',
  keep: 'Name its archive in runtime.archives.criDockerd to keep it',
  effects: [`cri-dockerd of a package comes in place of ${named}`, 'configuration, images and data stay'],
});

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
