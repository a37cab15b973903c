import type { DesiredNode } from '../../core/desired.ts';
import { dockerLikeNames, type RuntimeName } from '../../core/runtimes/index.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { Crio } from '../../facts/crio.ts';
import type { Docker } from '../../facts/docker.ts';
import type { Verdict } from '../check.ts';

/** For rules that are about one runtime alone: its absence is told once, by `runtime-installed`. */
const onlyFor =
  <F>(names: readonly RuntimeName[], label: string, binaryOf: (fact: F) => string) =>
  (fact: F, { runtime: { name } }: DesiredNode): Verdict | undefined => {
    if (!names.includes(name))
      return { status: 'skip', reason: `the inventory asks for ${name}; this rule is about ${label}` };
    return binaryOf(fact) === '' ? { status: 'skip', reason: `needs a runtime: ${label} is not installed` } : undefined;
  };

export const noContainerd = onlyFor<Containerd>(['containerd'], 'containerd', ({ binary }) => binary);
export const noCriO = onlyFor<Crio>(['cri-o'], 'CRI-O', ({ binary }) => binary);
export const noDocker = onlyFor<Docker>(dockerLikeNames, 'Docker Engine', ({ engine }) => engine);
