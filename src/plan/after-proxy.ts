import { announced } from '../installers/repository/source.ts';
import type { InstallerPart } from './around-kubelet.ts';

/** Packages that installers of runtimes do not plan themselves wait for the proxy of the package manager as those do. */
export const afterProxy = (parts: readonly InstallerPart[]): readonly InstallerPart[] =>
  parts.map(({ installer, plan }) => {
    const waiting = plan.changes.filter(({ kind }) => kind === 'package');
    if (waiting.length === 0) return { installer, plan };
    const changes = plan.changes.filter(change => !waiting.includes(change));
    return { installer, plan: { ...plan, changes, later: [...waiting.flatMap(announced), ...plan.later] } };
  });
