import { containerd } from './containerd.ts';
import { criO } from './cri-o.ts';
import { docker } from './docker.ts';
import { mirantis } from './mirantis.ts';
import type { RuntimeProfile } from './runtime.ts';

/** By their names in inventories. A new runtime is its file, and a line here: what is missing of it elsewhere, the compiler names. */
export const runtimes = {
  containerd,
  'cri-o': criO,
  docker,
  mirantis,
} as const satisfies Record<string, RuntimeProfile>;

export type RuntimeName = keyof typeof runtimes;

export const runtimeNames = Object.keys(runtimes) as readonly RuntimeName[] as readonly [RuntimeName, ...RuntimeName[]];

export const profileOf = (name: RuntimeName): RuntimeProfile => runtimes[name];

/** Engines with cri-dockerd in front of them. */
export const dockerLikeNames = runtimeNames.filter(name => profileOf(name).isDockerLike);

const isRuntimeName = (text: string): text is RuntimeName => Object.hasOwn(runtimes, text);

/** Of a name that somebody wrote; undefined: there is no such runtime. */
export const profileNamed = (text: string): RuntimeProfile | undefined =>
  isRuntimeName(text) ? profileOf(text) : undefined;
