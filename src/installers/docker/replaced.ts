import type { DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import type { FactValues } from '../../facts/index.ts';
import type { PackageNeeds } from '../../facts/package-needs.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Migration } from '../installer.ts';
import { planReplacedPackages, type ReplacedPackages } from '../replaced-packages.ts';
import { bystandersOf } from '../retire-runtime/docker-containers.ts';
import { foreignRefusals } from '../retire-runtime/foreign.ts';
import type { EnginePackages } from './engines.ts';

type Facts = Pick<FactValues, 'docker' | 'packages'> & { readonly packageNeeds: Observed<PackageNeeds> };

/** Another vendor's engine, or another's containerd, goes for the engine of the inventory. */
export const planReplaced = (
  { engine, label, conflicts, provides }: EnginePackages,
  facts: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
): ReplacedPackages & { readonly migration?: Migration } => {
  const replaced = planReplacedPackages({ name: engine, conflicts, provides }, facts, os);
  const { removes, named, refusals } = replaced;
  if (removes.length === 0) return replaced;
  const { docker } = facts;
  const runsOthers = docker.engine === '' ? [] : foreignRefusals('Docker Engine', bystandersOf(docker), desired);
  return {
    ...replaced,
    refusals: [...refusals, ...runsOthers],
    migration: {
      from: [docker.engine === '' ? named : `Docker Engine ${docker.engineVersion ?? ''} of ${named}`],
      to: desired.name,
      effects: [`${label} (${engine}) comes in place of ${named}`, 'their configuration, images and data stay'],
    },
  };
};
