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
import { withProxies } from '../proxy/repositories.ts';
import { mirrorApt } from './apt.ts';
import type { Rewritten } from './rewrite.ts';
import { mirrorRpm } from './rpm.ts';

export interface MirrorPlan<S> {
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  readonly originals: Readonly<Record<string, string>>;
  /** As they will be. */
  readonly sources: S;
}

type Wanted = Pick<DesiredNode, 'packageMirror' | 'proxy' | 'runtime'>;

/** Whether the inventory may ask for anything of sources that are there: a mirror, or of dnf's what the proxy is not for. */
export const concernsSources = ({ packageMirror, proxy, runtime }: Wanted, manager: PackageManager): boolean =>
  // A host that reaches nothing would never read a source again.
  runtime.offline !== true && (packageMirror !== undefined || (proxy !== undefined && manager === 'dnf'));

/**
 * Package sources that the distribution or upstream's manual set up name the mirror; others stay, and so do keys and keyrings. Those of dnf
 * say themselves where they are reached otherwise than by the proxy of dnf.conf.
 */
export const planMirror = <S extends AptSources | RpmSources>(sources: S, desired: Wanted): MirrorPlan<S> => {
  if (!concernsSources(desired, sources.manager)) return { changes: [], refusals: [], originals: {}, sources };
  const moves = sources.files.filter(isForeign).map(file => planFile(file, sources.manager, desired));
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

const planFile = (file: HostFile, manager: PackageManager, { packageMirror, proxy }: Wanted): Move => {
  const { path, text = '' } = file;
  const same: Move = { file, text, changes: [] };
  const rewritten = mirrored(file, manager, packageMirror);
  if (!rewritten.ok) return { ...same, refusal: rewritten.refusal };
  const after = manager === 'dnf' ? withProxies(rewritten.text, proxy) : rewritten.text;
  if (after === text) return same;
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
  if (packageMirror === undefined || rewritten.text === text) {
    const summary = 'repositories that are exempt from the proxy of dnf, or have another one, say so';
    const disruption = disruptionOf('package-proxy');
    const wish = {
      summary,
      disruption,
      phase: 'stage',
      because: 'dnf.conf knows one proxy, and no exceptions',
    } as const;
    return { ...same, text: after, changes: [fileChange(file, before, after, wish)] };
  }
  const common = {
    phase: 'stage',
    disruption: disruptionOf('package-mirror'),
    because: 'the inventory names a mirror of packages',
  } as const;
  const summary = `${manager} reads what ${packageMirror} offers of ${path}`;
  const lists = packageListsChange(manager, path, { ...common, summary }, rewritten.repositories);
  const change = fileChange(file, before, after, { ...common, summary: `packages from ${packageMirror}` });
  return { ...same, text: after, changes: [change, lists] };
};

const mirrored = (file: HostFile, manager: PackageManager, mirror: string | undefined): Rewritten => {
  if (mirror === undefined) return { ok: true, text: file.text ?? '', repositories: [] };
  return manager === 'apt' ? mirrorApt(file, mirror) : mirrorRpm(file, mirror, manager);
};

const withTexts = <S extends AptSources | RpmSources>(sources: S, texts: ReadonlyMap<string, string>): S => {
  const read: (path: string, text: string) => readonly unknown[] =
    sources.manager === 'apt' ? aptEntries : parseRepositories;
  const entries = sources.files.flatMap(({ path, text = '' }) => read(path, texts.get(path) ?? text));
  return { ...sources, entries };
};
