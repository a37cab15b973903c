import type { ArchiveChange, ArchiveEntry } from '../changes/change.ts';
import type { ArchiveComponent } from '../core/archive-component.ts';
import type { ArchiveSource, DesiredArchive } from '../core/desired.ts';
import type { Disruption, Phase } from '../core/result.ts';
import type { InstalledArchive } from '../facts/archives.ts';

export interface ArchiveWish {
  readonly component: ArchiveComponent;
  readonly archive: DesiredArchive;
  readonly entries: readonly ArchiveEntry[];
  readonly because: string;
  readonly phase: Phase;
  readonly disruption: Disruption;
  readonly needsNoSandboxes?: boolean;
}

/** undefined: the archive is installed and all of its files are as it left them. */
export const archiveChange = (
  installed: InstalledArchive | undefined,
  { component, archive, ...wish }: ArchiveWish,
): ArchiveChange | undefined => {
  if (installed?.sha256 === archive.sha256 && installed.changed.length === 0) return undefined;
  const { source, sha256 } = archive;
  return {
    kind: 'archive',
    id: `archive:${component}`,
    target: component,
    component,
    summary: summaryOf(installed, archive),
    reversible: true,
    source,
    sha256,
    before: installed === undefined ? null : { sha256: installed.sha256, changed: installed.changed },
    ...wish,
  };
};

/** `from https://…, sha256 0123456789ab…` */
export const archiveWords = ({ source, sha256 }: DesiredArchive): string =>
  `${source.from === 'url' ? `from ${source.url}${throughWords(source)}` : `pushed from ${source.path}`}, sha256 ${sha256.slice(0, 12)}…`;

const throughWords = ({ url, proxy }: Extract<ArchiveSource, { from: 'url' }>): string => {
  const through = url.startsWith('https:') ? proxy?.https : proxy?.http;
  return through === undefined ? '' : ` through the proxy ${through}`;
};

const summaryOf = (installed: InstalledArchive | undefined, archive: DesiredArchive): string => {
  const was =
    installed === undefined
      ? ''
      : installed.sha256 === archive.sha256
        ? ` (changed since it was installed: ${installed.changed.join(', ')})`
        : ` (was the archive ${installed.sha256.slice(0, 12)}…)`;
  return `${archiveWords(archive)}${was}`;
};
