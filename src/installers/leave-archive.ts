import type { ArchiveRemovalChange, Change, FileChange } from '../changes/change.ts';
import type { Observed } from '../core/observed.ts';
import type { Archives } from '../facts/archives.ts';
import type { HostFile } from '../facts/fact.ts';
import type { Packages } from '../facts/packages.ts';
import type { Services } from '../facts/services.ts';
import { type ArchiveRuntime, howToRemove, type ThereAlready, unitsOf } from './archive-runtime.ts';
import { disruptionOf } from './disruption.ts';
import { isOwnFile, pathStateOf } from './file-change.ts';
import type { Refusal } from './installer.ts';
import { planRefused } from './known-facts.ts';
import { stopUnits } from './retire-runtime/stop-units.ts';

/** A daemon as nodeprep put it there from an archive, and what its package needs gone. */
export interface LeftArchive {
  /** In words: `containerd 2.2.0 of its archive`. */
  readonly named: string;
  /** In this order, before the package comes; [] where something bars it. */
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
}

export interface ArchiveFacts {
  readonly archives: Observed<Archives>;
  readonly program: ThereAlready['program'];
  readonly packages: Packages;
  readonly services: Services;
  readonly joined: boolean;
  /** Units and other files that tell of its programs: those that nodeprep wrote beside the archive go with it. */
  readonly files: readonly HostFile[];
}

export const leftLabel = 'removed, for the package that comes in its place';
const because = 'a program in /usr/local would be found before that of the package';

/** An archive's program as nodeprep put it there, in words; undefined: somebody else did, or a package. Where nobody can tell, it counts as there. */
export const archiveThere = (
  { label, programPath, component }: ArchiveRuntime,
  { archives, program }: Pick<ArchiveFacts, 'archives' | 'program'>,
): string | undefined => {
  if (program.binary !== programPath) return undefined;
  if (archives.known && archives.value[component]?.files.includes(programPath) !== true) return undefined;
  return `${label} ${program.version ?? 'of unknown version'} of its archive`;
};

/** undefined: somebody else put the program there, or a package did. */
export const leaveArchive = (daemon: ArchiveRuntime, facts: ArchiveFacts): LeftArchive | undefined => {
  const { programPath, needs } = daemon;
  const { archives: observed, services, joined, files } = facts;
  const named = archiveThere(daemon, facts);
  if (named === undefined) return undefined;
  const barred = (...refusals: readonly Refusal[]): LeftArchive => ({ named, changes: [], refusals });
  if (!observed.known) {
    return barred(planRefused(`whether nodeprep has put ${programPath} there is unknown: ${observed.reason}`));
  }
  const archives = observed.value;
  const refusals = [
    ...packageBeside(daemon, facts),
    ...changedFiles(daemon, archives),
    ...otherUnits(daemon, facts),
    ...namedElsewhere(daemon, facts),
  ];
  if (refusals.length > 0) return barred(...refusals);
  const wish = {
    because,
    phase: 'switch',
    disruption: disruptionOf('runtime-retired', joined),
    summary: leftLabel,
    settings: [leftLabel],
    reversible: true,
    needsNoSandboxes: true,
  } as const;
  // The daemon first.
  const removals = needs.toReversed().flatMap((target): readonly ArchiveRemovalChange[] => {
    const before = archives[target];
    if (before === undefined) return [];
    const { sha256, changed } = before;
    const kind = 'archive-removal';
    return [{ ...wish, kind, id: `${kind}:${target}`, target, component: target, before: { sha256, changed } }];
  });
  const stopped = stopUnits({ services, joined }, unitsOf(daemon), `${because}; it starts again with its package`);
  return { named, changes: [...stopped, ...files.flatMap(file => fileRemoval(file, wish)), ...removals], refusals };
};

/** It has been installed over the archive by hand, and what it brought cannot be told from what the archive did. */
const packageBeside = (daemon: ArchiveRuntime, { packages }: ArchiveFacts): readonly Refusal[] =>
  Object.keys(daemon.packages)
    .filter(name => packages.installed[name] !== undefined)
    .map(name =>
      planRefused(
        `package ${name} ${packages.installed[name]} is installed beside ${daemon.programPath} of the archive of ${daemon.label}, which is found before it: nodeprep does not know which of the two shall be left`,
        `For the package to come in place of the archive, ${howToRemove(name, daemon, packages)}: what it has written over is mended first, with ${daemon.keptArchive}.`,
      ),
    );

const changedFiles = ({ label, needs, keptArchive }: ArchiveRuntime, archives: Archives): readonly Refusal[] => {
  const changed = needs.toReversed().flatMap(component => archives[component]?.changed ?? []);
  return changed.length === 0
    ? []
    : [
        planRefused(
          `what the archives of ${label} put on this host has been changed since: ${changed.join(', ')}; nodeprep does not take it away`,
          `Have it mended with ${keptArchive}, or move it away if it is your own, then plan again.`,
        ),
      ];
};

/** It would go on naming the program that goes. */
const otherUnits = (daemon: ArchiveRuntime, { services, files }: ArchiveFacts): readonly Refusal[] =>
  unitsOf(daemon).flatMap(name => {
    const unit = services[name];
    const path = unit?.loadState === 'loaded' ? unit.fragmentPath : '';
    const isOwn = files.some(file => file.path === path && isOwnFile(file));
    if (path === '' || isOwn) return [];
    return [
      planRefused(
        `${name} is ${path}, which nodeprep did not write, and it starts ${daemon.programPath}, which would go`,
        `Move the unit away, or keep the archive with ${daemon.keptArchive}, then plan again.`,
      ),
    ];
  });

/** So would a drop-in of somebody else. */
const namedElsewhere = (
  { programPath, keptArchive }: ArchiveRuntime,
  { files, services }: ArchiveFacts,
): readonly Refusal[] => {
  const isUnit = ({ path }: HostFile): boolean =>
    Object.values(services).some(({ fragmentPath }) => fragmentPath === path);
  return files
    .filter(file => !isOwnFile(file) && !isUnit(file) && names(file, programPath))
    .map(({ path }) =>
      planRefused(
        `${path}, which nodeprep did not write, names ${programPath}, which would go`,
        `Take it out of that file, or keep the archive with ${keptArchive}, then plan again.`,
      ),
    );
};

const names = ({ text = '' }: HostFile, program: string): boolean =>
  text.split('\n').some(line => !/^\s*[#;]/.test(line) && line.includes(program));

const fileRemoval = (
  file: HostFile,
  wish: Pick<FileChange, 'summary' | 'because' | 'phase' | 'disruption' | 'reversible' | 'settings'>,
): readonly FileChange[] => {
  const before = isOwnFile(file) ? pathStateOf(file) : undefined;
  if (before === undefined) return [];
  const { path } = file;
  return [{ ...wish, kind: 'file', id: `file:${path}`, target: path, path, before, after: { state: 'absent' } }];
};
