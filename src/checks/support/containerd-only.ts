import type { DesiredNode } from '../../core/desired.ts';
import type { Containerd } from '../../facts/containerd.ts';
import type { Verdict } from '../check.ts';

/** These rules know containerd only; another runtime brings its own. */
export const otherRuntime = (desired: DesiredNode): Verdict | undefined =>
  desired.runtime.name === 'containerd'
    ? undefined
    : { status: 'skip', reason: `the inventory asks for ${desired.runtime.name}; this rule is about containerd` };

/** For rules about an installed containerd: its absence is told once, by `runtime-installed`. */
export const noContainerd = (containerd: Containerd, desired: DesiredNode): Verdict | undefined =>
  otherRuntime(desired) ??
  (containerd.binary === '' ? { status: 'skip', reason: 'needs a runtime: containerd is not installed' } : undefined);
