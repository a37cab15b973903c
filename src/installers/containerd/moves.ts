import type { DesiredArchive, DesiredRuntime } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { Service } from '../../facts/services.ts';

const is2 = (version: string): boolean => isAtLeast(version, '2.0');

/** The daemon that runs is still 1.x, and its program by now 2.x: with its restart the host moves. */
export const isMoving = ({ version, replacedVersions = {} }: Containerd, { mainPid }: Service): boolean => {
  const running = replacedVersions[mainPid];
  return version !== undefined && running !== undefined && is2(version) && !is2(running);
};

/** What is to come may move the host. Where the inventory names a version, that tells. `coming`: undefined where nobody knows yet. */
export const mayMove = (
  { version }: Containerd,
  { version: asked }: DesiredRuntime,
  coming: string | undefined,
): boolean => asked === undefined && version !== undefined && !is2(version) && (coming === undefined || is2(coming));

/** By the name that upstream gives its releases; undefined: it has another one. */
export const versionInName = ({ source }: DesiredArchive): string | undefined =>
  /containerd-(?:static-)?v?(\d+\.\d+\.\d+)/.exec(source.from === 'url' ? source.url : source.path)?.[1];
