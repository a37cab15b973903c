import type { DesiredArchive, DesiredRuntime } from '../../core/desired.ts';
import { isAtLeast } from '../../core/versions.ts';
import type { Containerd } from '../../facts/containerd.ts';
import { type CriAnswer, servesNoCri } from '../../facts/cri.ts';
import type { Service } from '../../facts/services.ts';
import { type ConfigSet, mergeFiles } from './config-set.ts';
import { chooseDialect } from './dialect.ts';
import { inlinePaths } from './registries/inline.ts';

const is2 = (version: string): boolean => isAtLeast(version, '2.0');

/** The daemon that runs is still 1.x, and its program by now 2.x: with its restart the host moves. */
export const isMoving = ({ version, replacedVersions = {} }: Containerd, { mainPid }: Service): boolean => {
  const running = replacedVersions[mainPid];
  return version !== undefined && running !== undefined && is2(version) && !is2(running);
};

/**
 * A package's own scripts have moved the host already, and 2.2 serves no CRI with mirrors in a file of schema 2: its conversion sets
 * config_path beside them, which it then refuses. Tried on 2.2.0.
 */
export const isLeftBehind = (set: ConfigSet, answer: CriAnswer | undefined): boolean => {
  const choice = chooseDialect(set);
  return (
    set.major === 2 &&
    servesNoCri(answer) &&
    choice.ok &&
    inlinePaths(mergeFiles(set), choice.dialect.images).length > 0
  );
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
