import type { Observed } from '../core/observed.ts';
import { packageCommands } from '../core/package-manager.ts';
import type { PackageNeed, PackageNeeds } from '../facts/package-needs.ts';
import type { Packages } from '../facts/packages.ts';
import type { OsFamily } from '../os/os-family.ts';
import type { Refusal } from './installer.ts';
import { planRefused } from './known-facts.ts';

/** A package that comes, and what it has to do with others. */
export interface ComingPackage {
  readonly name: string;
  /** Packages that it conflicts with, or that need one of those, so that the package manager would remove them. */
  readonly conflicts: readonly string[];
  /** What comes with it takes the place of these names, without a version. */
  readonly provides: readonly string[];
}

export interface ReplacedPackages {
  readonly removes: readonly string[];
  /** With their versions: `containerd 1.7.24, runc 1.1.15`. */
  readonly named: string;
  readonly refusals: readonly Refusal[];
}

/** Installed packages that the one of the inventory cannot be beside: they go for it, if nothing else needs them. */
export const planReplacedPackages = (
  { name: coming, conflicts, provides }: ComingPackage,
  {
    packages: { installed },
    packageNeeds,
  }: { readonly packages: Packages; readonly packageNeeds: Observed<PackageNeeds> },
  os: OsFamily,
): ReplacedPackages => {
  const removes = conflicts.filter(name => installed[name] !== undefined);
  const named = removes.map(name => `${name} ${installed[name]}`).join(', ');
  const refusalsOf = (...refusals: readonly Refusal[]): ReplacedPackages => ({ removes, named, refusals });
  if (removes.length === 0) return refusalsOf();
  const { remove } = packageCommands[os.packageManager];
  if (!packageNeeds.known) {
    const why = `${named} cannot be beside ${coming}, and what else needs them is unknown: ${packageNeeds.reason}`;
    return refusalsOf(planRefused(why));
  }
  const broken = packageNeeds.value.filter(
    need => removes.includes(need.needed) && !removes.includes(need.by) && !isMet(need, [coming, ...provides]),
  );
  return refusalsOf(...(broken.length === 0 ? [] : [needed(named, coming, broken, remove)]));
};

/** A name with a version is met by no package that only takes its place. */
const isMet = ({ depends }: PackageNeed, coming: readonly string[]): boolean =>
  depends.split('|').some(choice => coming.includes(choice.trim()));

const needed = (named: string, coming: string, broken: PackageNeeds, remove: string): Refusal => {
  const why = broken.map(({ by, depends }) => `${by} needs ${depends}`).join('; ');
  const names = [...new Set(broken.map(({ by }) => by))].join(' ');
  return planRefused(
    `${named} cannot be beside ${coming}, which the inventory asks for, and ${why}`,
    `Remove what needs them, if nobody uses it (${remove} ${names}), then plan again; or keep the runtime that is there with runtime.name and runtime.source.`,
  );
};
