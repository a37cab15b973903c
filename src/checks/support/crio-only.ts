import type { DesiredNode } from '../../core/desired.ts';
import type { Crio } from '../../facts/crio.ts';
import type { Verdict } from '../check.ts';

/** For rules that are about CRI-O alone: its absence is told once, by `runtime-installed`. */
export const noCriO = ({ binary }: Crio, { runtime }: DesiredNode): Verdict | undefined => {
  if (runtime.name !== 'cri-o') return { status: 'skip', reason: `the inventory asks for ${runtime.name}` };
  return binary === '' ? { status: 'skip', reason: 'needs a runtime: CRI-O is not installed' } : undefined;
};
