import type { DesiredRuntime } from '../../core/desired.ts';
import type { Observed } from '../../core/observed.ts';
import { packageCommands } from '../../core/package-manager.ts';
import type { FactValues } from '../../facts/index.ts';
import type { PackageNeed, PackageNeeds } from '../../facts/package-needs.ts';
import type { OsFamily } from '../../os/os-family.ts';
import type { Migration, Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { bystandersOf } from '../retire-runtime/docker-containers.ts';
import { foreignRefusals } from '../retire-runtime/foreign.ts';
import type { EnginePackages } from './engines.ts';

export interface ReplacedPackages {
  readonly removes: readonly string[];
  readonly refusals: readonly Refusal[];
  readonly migration?: Migration;
}

type Facts = Pick<FactValues, 'docker' | 'packages'> & { readonly packageNeeds: Observed<PackageNeeds> };

/** Installed packages that the engine of the inventory cannot be beside: they go for it, if nothing else needs them. */
export const planReplaced = (
  { engine, label, conflicts, provides }: EnginePackages,
  { docker, packages: { installed }, packageNeeds }: Facts,
  desired: DesiredRuntime,
  os: OsFamily,
): ReplacedPackages => {
  const removes = conflicts.filter(name => installed[name] !== undefined);
  if (removes.length === 0) return { removes, refusals: [] };
  const named = removes.map(name => `${name} ${installed[name]}`).join(', ');
  const { remove } = packageCommands[os.packageManager];
  if (os.packageManager !== 'apt') {
    return {
      removes,
      refusals: [
        planRefused(
          `${named} cannot be beside ${engine}, which the inventory asks for, and nodeprep takes packages away for others with apt only`,
          `Set runtime.name and runtime.source to what is there; or, on a node without pods, run \`${remove} ${removes.join(' ')}\` (${os.packageManager} says what else goes with it) and plan again.`,
        ),
      ],
    };
  }
  if (!packageNeeds.known) {
    const why = `${named} cannot be beside ${engine}, and what else needs them is unknown: ${packageNeeds.reason}`;
    return { removes, refusals: [planRefused(why)] };
  }
  const broken = packageNeeds.value.filter(
    need => removes.includes(need.needed) && !removes.includes(need.by) && !isMet(need, [engine, ...provides]),
  );
  const runsOthers = docker.engine === '' ? [] : foreignOf(docker, desired);
  return {
    removes,
    refusals: [...(broken.length === 0 ? [] : [needed(named, engine, broken, remove)]), ...runsOthers],
    migration: {
      from: [docker.engine === '' ? named : `Docker Engine ${docker.engineVersion ?? ''} of ${named}`],
      to: desired.name,
      effects: [`${label} (${engine}) comes in place of ${named}`, 'their configuration, images and data stay'],
    },
  };
};

const foreignOf = (docker: FactValues['docker'], desired: DesiredRuntime): readonly Refusal[] =>
  foreignRefusals('Docker Engine', bystandersOf(docker), desired);

/** A name with a version is met by no package that only takes its place. */
const isMet = ({ depends }: PackageNeed, coming: readonly string[]): boolean =>
  depends.split('|').some(choice => coming.includes(choice.trim()));

const needed = (named: string, engine: string, broken: PackageNeeds, remove: string): Refusal => {
  const why = broken.map(({ by, depends }) => `${by} needs ${depends}`).join('; ');
  const names = [...new Set(broken.map(({ by }) => by))].join(' ');
  return planRefused(
    `${named} cannot be beside ${engine}, which the inventory asks for, and ${why}`,
    `Remove what needs them, if nobody uses it (${remove} ${names}), then plan again; or keep the runtime that is there with runtime.name and runtime.source.`,
  );
};
