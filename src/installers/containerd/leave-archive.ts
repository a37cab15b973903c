import type { ArchiveRemovalChange, Change, FileChange } from '../../changes/change.ts';
import type { Observed } from '../../core/observed.ts';
import type { Archives } from '../../facts/archives.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { Services } from '../../facts/services.ts';
import { disruptionOf } from '../disruption.ts';
import { isOwnFile, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { stopUnits } from '../retire-runtime/stop-units.ts';
import { containerdComponents, programPath } from './archive-files.ts';
import { containerdUnit } from './service.ts';

/** containerd as nodeprep put it there from an archive, and what its package needs gone. */
export interface LeftArchive {
  /** In words: `containerd 2.2.0 of its archive`. */
  readonly named: string;
  /** In this order, before the package comes. */
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
}

export interface ArchiveFacts {
  readonly archives: Observed<Archives>;
  readonly containerd: Containerd;
  readonly services: Services;
  readonly joined: boolean;
}

/** What packages bring too, the daemon first. CNI plugins stay: no package of containerd has any. */
const components = containerdComponents.toReversed();

export const leftLabel = 'removed, for the package that comes in its place';
const because = 'a program in /usr/local would be found before that of the package';

/** undefined: somebody else put the program there, or a package did. */
export const leaveArchive = ({ archives: observed, ...facts }: ArchiveFacts): LeftArchive | undefined => {
  const { containerd, services, joined } = facts;
  if (containerd.binary !== programPath) return undefined;
  const named = `containerd ${containerd.version ?? 'of unknown version'} of its archive`;
  if (!observed.known) {
    const unknown = planRefused(`whether nodeprep has put ${programPath} there is unknown: ${observed.reason}`);
    return { named, changes: [], refusals: [unknown] };
  }
  const archives = observed.value;
  if (archives.containerd?.files.includes(programPath) !== true) return undefined;
  const refusals = [...changedFiles(archives), ...otherUnit(containerd, services)];
  if (refusals.length > 0) return { named, changes: [], refusals };
  const wish = {
    because,
    phase: 'switch',
    disruption: disruptionOf('runtime-retired', joined),
    summary: leftLabel,
    settings: [leftLabel],
    reversible: true,
    needsNoSandboxes: true,
  } as const;
  const removals = components.flatMap((component): readonly ArchiveRemovalChange[] => {
    const before = archives[component];
    if (before === undefined) return [];
    const { sha256, changed } = before;
    const kind = 'archive-removal';
    return [{ ...wish, kind, id: `${kind}:${component}`, target: component, component, before: { sha256, changed } }];
  });
  const stopped = stopUnits({ services, joined }, [containerdUnit], `${because}; it starts again with its package`);
  return { named, changes: [...stopped, ...unitRemoval(containerd, wish), ...removals], refusals };
};

const changedFiles = (archives: Archives): readonly Refusal[] => {
  const changed = components.flatMap(component => archives[component]?.changed ?? []);
  return changed.length === 0
    ? []
    : [
        planRefused(
          `what the archives of containerd put on this host has been changed since: ${changed.join(', ')}; nodeprep does not take it away`,
          'Have it mended with runtime.source: archive, or move it away if it is your own, then plan again.',
        ),
      ];
};

/** It would go on naming the program that goes. */
const otherUnit = ({ unitFile }: Containerd, services: Services): readonly Refusal[] => {
  const unit = services[containerdUnit];
  const path = unit?.loadState === 'loaded' ? unit.fragmentPath : '';
  if (path === '' || (path === unitFile?.path && isOwnFile(unitFile))) return [];
  return [
    planRefused(
      `${containerdUnit} is ${path}, which nodeprep did not write, and it starts ${programPath}, which would go`,
      'Move the unit away, or keep the archive with runtime.source: archive, then plan again.',
    ),
  ];
};

const unitRemoval = (
  { unitFile }: Containerd,
  wish: Pick<FileChange, 'summary' | 'because' | 'phase' | 'disruption' | 'reversible'>,
): readonly FileChange[] => {
  const before = unitFile === undefined || !isOwnFile(unitFile) ? undefined : pathStateOf(unitFile);
  if (unitFile === undefined || before === undefined) return [];
  const { path } = unitFile;
  return [{ ...wish, kind: 'file', id: `file:${path}`, target: path, path, before, after: { state: 'absent' } }];
};
