import type { Node } from './objects.ts';

/** Annotation of a node that a run of ours has cordoned: JSON of `CordonMark`. */
export const cordonAnnotation = 'nodeprep.io/cordoned';

export interface CordonMark {
  readonly run: string;
  readonly holder: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Annotation of a node that nodeprep has converted: the driver that it runs with since. */
export const driverAnnotation = 'nodeprep.io/cgroup-driver';

export const isMarked = ({ metadata }: Node): boolean => Object.hasOwn(metadata.annotations ?? {}, cordonAnnotation);

/** For people; an annotation that somebody else wrote is told as it is. */
export const markWords = ({ metadata }: Node): string => {
  const text = metadata.annotations?.[cordonAnnotation] ?? '';
  try {
    const { run, holder, at }: Partial<CordonMark> = JSON.parse(text);
    return `run ${run} by ${holder}, ${at}`;
  } catch {
    return text;
  }
};
