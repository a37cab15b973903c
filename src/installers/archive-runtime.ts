import type { ArchiveComponent } from '../core/archive-component.ts';
import type { DesiredArchive, DesiredRuntime } from '../core/desired.ts';
import { packageCommands } from '../core/package-manager.ts';
import type { HostFile } from '../facts/fact.ts';
import type { FactValues } from '../facts/index.ts';
import type { Packages } from '../facts/packages.ts';
import type { InstallerPlan, Refusal } from './installer.ts';
import { planRefused } from './known-facts.ts';
import { matchesPrefix } from './package-version.ts';

/** A daemon that archives bring. */
export interface ArchiveRuntime {
  /** In sentences: `CRI-O`. */
  readonly label: string;
  /** Where its program goes. */
  readonly programPath: string;
  readonly unit: string;
  /** What would start it again. */
  readonly socketUnit?: string;
  /** Its archive, whose version `runtime.version` speaks of. */
  readonly component: ArchiveComponent;
  /** What the inventory must name; in the order in which they are put in place. */
  readonly needs: readonly ArchiveComponent[];
  /** Packages that bring it as well, each with the words of an inventory that keeps it: `with runtime.source: upstream`. */
  readonly packages: Readonly<Record<string, string>>;
  /** Words of an inventory that keeps it as somebody else put it there. */
  readonly keptUnpackaged: string;
  /** Words of an inventory that keeps its archive. */
  readonly keptArchive: string;
}

export interface ThereAlready {
  readonly packages: FactValues['packages'];
  readonly program: { readonly binary: string; readonly version: string | undefined };
}

/** As they stop. */
export const unitsOf = ({ unit, socketUnit }: ArchiveRuntime): readonly string[] => [
  ...(socketUnit === undefined ? [] : [socketUnit]),
  unit,
];

/** What people type, on a node without pods. Not every package stops its daemon, and links to a unit that has gone keep another one of its name from being started. */
export const howToRemove = (name: string, daemon: ArchiveRuntime, { manager }: Packages): string =>
  `drain the node, stop the daemon and remove the package (systemctl disable --now ${unitsOf(daemon).join(' ')} && ${packageCommands[manager === 'dnf' || manager === 'zypper' ? manager : 'apt'].remove} ${name}), then plan again`;

/** Moving between sources is a migration. */
export const barredFromArchives = (
  daemon: ArchiveRuntime,
  { packages, program: { binary } }: ThereAlready,
  archives: Readonly<Partial<Record<ArchiveComponent, DesiredArchive>>> = {},
): readonly Refusal[] => {
  const { label, programPath, packages: names, needs, keptUnpackaged } = daemon;
  const [name, kept] = Object.entries(names).find(([candidate]) => packages.installed[candidate] !== undefined) ?? [];
  if (name !== undefined) {
    return [
      planRefused(
        `package ${name} ${packages.installed[name]} is installed, and the inventory asks for ${label} from archives: nodeprep does not move a host from one to the other`,
        `Keep it ${kept}; or ${howToRemove(name, daemon, packages)}.`,
      ),
    ];
  }
  if (binary !== '' && binary !== programPath) {
    return [
      planRefused(
        `${binary} is a ${label} that no package brought, and archives go to ${programPath}`,
        `Remove it, or keep and configure it ${keptUnpackaged}.`,
      ),
    ];
  }
  const missing = needs.filter(component => archives[component] === undefined);
  return missing.length === 0
    ? []
    : [planRefused(`the inventory names no runtime.archives.${missing.join(', runtime.archives.')}`)];
};

export const otherArchiveVersion = (
  { label, component }: ArchiveRuntime,
  { version: is }: ThereAlready['program'],
  { version: wanted }: DesiredRuntime,
): Refusal | undefined =>
  wanted === undefined || is === undefined || matchesPrefix(is, wanted)
    ? undefined
    : planRefused(
        `the archive of ${label} is version ${is}, and the inventory asks for ${wanted}`,
        `Correct runtime.archives.${component}, or leave runtime.version out.`,
      );

/** Somebody's own unit, elsewhere: it wins over ours, or would lose to it, and it starts this daemon already. */
export const hasOtherUnit = (
  { unit: name }: ArchiveRuntime,
  services: FactValues['services'],
  own: HostFile | undefined,
): boolean => {
  const unit = services[name];
  return unit?.loadState === 'loaded' && unit.fragmentPath !== '' && unit.fragmentPath !== own?.path;
};

/** systemd runs the daemon by a unit that has been written anew since: the gap that its plan of the service does not see. */
export const awaitsNewUnit = (
  { unit: name }: ArchiveRuntime,
  services: FactValues['services'],
  settings: InstallerPlan,
): boolean => {
  const isPlanned = settings.refusals.length > 0 || settings.changes.some(({ kind }) => kind === 'service');
  return services[name]?.needDaemonReload === true && !isPlanned;
};

export const newUnitReason = 'its unit has been written since it started';
