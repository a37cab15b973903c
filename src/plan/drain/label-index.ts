import type { LabelSelector, Pod } from '../../cluster/objects.ts';
import { selects } from './selectors.ts';

/** Pods of a namespace that a selector selects. */
export type FindPods = (namespace: string, selector: LabelSelector | undefined) => readonly Pod[];

type ByLabel = ReadonlyMap<string, readonly Pod[]>;

/** A namespace may have thousands of pods and hundreds of budgets: each selector looks only at the pods that have one of its labels. */
export const indexLabels = (podsByNamespace: ReadonlyMap<string, readonly Pod[]>): FindPods => {
  const indices = new Map<string, ByLabel>();
  return (namespace, selector) => {
    const pods = podsByNamespace.get(namespace) ?? [];
    const index = indices.get(namespace) ?? byLabel(pods);
    indices.set(namespace, index);
    return narrowed(selector, pods, index).filter(({ metadata }) => selects(selector, metadata.labels));
  };
};

const byLabel = (pods: readonly Pod[]): ByLabel => {
  const index = new Map<string, Pod[]>();
  for (const pod of pods) {
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const label = `${key}=${value}`;
      const others = index.get(label);
      if (others === undefined) index.set(label, [pod]);
      else others.push(pod);
    }
  }
  return index;
};

/** The shortest list that holds every pod it can select. */
const narrowed = (selector: LabelSelector | undefined, pods: readonly Pod[], index: ByLabel): readonly Pod[] =>
  Object.entries(selector?.matchLabels ?? {})
    .map(([key, value]) => index.get(`${key}=${value}`) ?? [])
    .reduce((shortest, next) => (next.length < shortest.length ? next : shortest), pods);
