/** Annotation of a node in which kubeadm keeps the endpoint of its runtime. */
export const criSocketAnnotation = 'kubeadm.alpha.kubernetes.io/cri-socket';

/** Annotation of a node: JSON of what runs of ours have found in kubeadm's, by run; null: it was not there. */
export const formerSocketsAnnotation = 'nodeprep.io/cri-socket-before';

type Annotations = Readonly<Record<string, string>>;
export type AnnotationChanges = Readonly<Record<string, string | null>>;

/** The endpoint for kubeadm, and beside it what was there, for the rollback of this run. */
export const withSocket = (annotations: Annotations, run: string, endpoint: string): AnnotationChanges => ({
  [criSocketAnnotation]: endpoint,
  [formerSocketsAnnotation]: JSON.stringify({
    // What this run found first is what was there before it.
    [run]: annotations[criSocketAnnotation] ?? null,
    ...formerSockets(annotations),
  }),
});

/**
 * As it was before these runs; empty where they have not written it. A run that was cut off before it came to the annotation is told
 * by the one that went on: ids begin with their time, so the first at or after the one that is taken back counts.
 */
export const socketBefore = (annotations: Annotations, runs: Iterable<string>): AnnotationChanges => {
  const [first] = [...runs].toSorted();
  const kept = Object.entries(formerSockets(annotations)).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const undone = first === undefined ? [] : kept.filter(([run]) => run >= first);
  const [entry] = undone;
  if (entry === undefined) return {};
  const left = kept.slice(0, kept.length - undone.length);
  return {
    [criSocketAnnotation]: entry[1],
    [formerSocketsAnnotation]: left.length === 0 ? null : JSON.stringify(Object.fromEntries(left)),
  };
};

/** Nothing of one that somebody else wrote. */
const formerSockets = (annotations: Annotations): Readonly<Record<string, string | null>> => {
  try {
    const parsed: unknown = JSON.parse(annotations[formerSocketsAnnotation] ?? '{}');
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return {};
    return Object.fromEntries(
      Object.entries(parsed).filter(
        (entry): entry is [string, string | null] => entry[1] === null || typeof entry[1] === 'string',
      ),
    );
  } catch {
    return {};
  }
};
