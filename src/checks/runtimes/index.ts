import type { DesiredNode } from '../../core/desired.ts';
import type { RuntimeName } from '../../core/runtimes/index.ts';
import type { FactId } from '../../facts/index.ts';
import { containerd } from './containerd.ts';
import { criO } from './cri-o.ts';
import { docker } from './docker.ts';
import { mirantis } from './mirantis.ts';
import type { RuntimeView } from './runtime-view.ts';

/** A new runtime is its file, and a line here. */
const runtimeViews: Readonly<Record<RuntimeName, RuntimeView>> = {
  containerd,
  'cri-o': criO,
  docker,
  mirantis,
};

export const runtimeOf = ({ runtime }: Pick<DesiredNode, 'runtime'>): RuntimeView => runtimeViews[runtime.name];

/** What rules about any runtime read; `needsOfRuntime` says which part of it one host's rule needs. */
export const runtimeFacts = ['containerd', 'cri', 'crio', 'docker', 'services'] as const satisfies readonly FactId[];

export const needsOfRuntime =
  <N extends FactId = never>(...more: readonly N[]) =>
  (desired: DesiredNode): readonly ((typeof runtimeFacts)[number] | N)[] => [
    ...runtimeOf(desired).needs,
    'cri',
    'services',
    ...more,
  ];
