import type { Change } from '../../changes/change.ts';
import type { DesiredNode } from '../../core/desired.ts';
import type { PackageManager } from '../../core/package-manager.ts';
import { type AptSources, aptEntries } from '../../facts/apt-sources.ts';
import type { HostFile } from '../../facts/fact.ts';
import { parseRepositories, type RpmSources } from '../../facts/rpm-sources.ts';
import { disruptionOf } from '../disruption.ts';
import { fileChange, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { packageListsChange } from '../package-lists.ts';
import { mirrorApt } from './apt.ts';
import { mirrorRpm } from './rpm.ts';

export interface MirrorPlan<S> {
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
  /** As they will be. */
  readonly sources: S;
}

/** Package sources that the distribution or upstream's manual set up name the mirror; others stay, and so do keys and keyrings. */
export const planMirror = <S extends AptSources | RpmSources>(
  sources: S,
  { packageMirror, runtime }: Pick<DesiredNode, 'packageMirror' | 'runtime'>,
): MirrorPlan<S> => {
  // A host that reaches nothing would never read a source again.
  if (packageMirror === undefined || runtime.offline === true) {
    return { changes: [], refusals: [], originals: {}, sources };
  }
  const moves = sources.files.filter(isForeign).map(file => planFile(file, sources.manager, packageMirror));
  return {
    changes: moves.flatMap(({ changes }) => changes),
    refusals: moves.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal])),
    originals: Object.fromEntries(
      moves.filter(({ changes }) => changes.length > 0).map(({ file }) => [file.path, file.text ?? '']),
    ),
    sources: withTexts(sources, new Map(moves.map(({ file, text }) => [file.path, text]))),
  };
};

/** Our own follow from the inventory anyhow. */
const isForeign = ({ path, text }: HostFile): boolean => text !== undefined && !/\/nodeprep-[^/]*$/.test(path);

interface Move {
  readonly file: HostFile;
  readonly text: string;
  readonly changes: readonly Change[];
  readonly refusal?: Refusal;
}

const planFile = (file: HostFile, manager: PackageManager, mirror: string): Move => {
  const { path, text = '' } = file;
  const same: Move = { file, text, changes: [] };
  const rewritten = manager === 'apt' ? mirrorApt(file, mirror) : mirrorRpm(file, mirror);
  if (!rewritten.ok) return { ...same, refusal: rewritten.refusal };
  if (rewritten.text === text) return same;
  const before = pathStateOf(file);
  if (before?.state !== 'file') {
    return {
      ...same,
      refusal: planRefused(
        `${path} is a ${file.type}, which nodeprep does not replace`,
        'Put the file itself there, then plan again.',
      ),
    };
  }
  const common = {
    phase: 'stage',
    disruption: disruptionOf('package-mirror'),
    because: 'the inventory names a mirror of packages',
  } as const;
  const summary = `${manager} reads what ${mirror} offers of ${path}`;
  const lists = packageListsChange(manager, path, { ...common, summary }, rewritten.repositories);
  const change = fileChange(file, before, rewritten.text, { ...common, summary: `packages from ${mirror}` });
  return { ...same, text: rewritten.text, changes: [change, lists] };
};

const withTexts = <S extends AptSources | RpmSources>(sources: S, texts: ReadonlyMap<string, string>): S => {
  const read: (path: string, text: string) => readonly unknown[] =
    sources.manager === 'apt' ? aptEntries : parseRepositories;
  const entries = sources.files.flatMap(({ path, text = '' }) => read(path, texts.get(path) ?? text));
  return { ...sources, entries };
};
