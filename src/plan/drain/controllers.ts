import type { OwnerReference, Pod, Workload } from '../../cluster/objects.ts';
import { controllerOf, fullName, isFinished, isLeaving } from './pods.ts';

/** Who brings a pod back. */
export type Controller =
  /** Its wanted number of replicas is known. */
  | { readonly kind: 'workload'; readonly uid: string; readonly workload: Workload }
  /** Somebody of whom the facts say nothing more: a Job, a custom resource. */
  | { readonly kind: 'other'; readonly uid: string; readonly owner: OwnerReference };

/** The Deployment of a ReplicaSet, where it has one: what people scale. undefined: a bare pod. */
export type ControllerOf = (pod: Pod) => Controller | undefined;

export const findControllers = (workloads: readonly Workload[]): ControllerOf => {
  const byUid = new Map(workloads.map(workload => [workload.metadata.uid, workload]));
  return pod => {
    const owner = controllerOf(pod.metadata);
    if (owner === undefined) return undefined;
    const workload = byUid.get(owner.uid);
    if (workload === undefined) return { kind: 'other', uid: owner.uid, owner };
    const above = controllerOf(workload.metadata);
    const deployment = above?.kind === 'Deployment' ? byUid.get(above.uid) : undefined;
    const top = deployment ?? workload;
    return { kind: 'workload', uid: top.metadata.uid, workload: top };
  };
};

/** Pods that count for their controller now, by its uid. */
export const livePodsByController = (
  pods: readonly Pod[],
  controllerOfPod: ControllerOf,
): ReadonlyMap<string, readonly Pod[]> => {
  const live = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (isFinished(pod) || isLeaving(pod)) continue;
    const uid = controllerOfPod(pod)?.uid;
    if (uid === undefined) continue;
    const others = live.get(uid);
    if (others === undefined) live.set(uid, [pod]);
    else others.push(pod);
  }
  return live;
};

/** As people type it after `kubectl scale`; a Deployment is meant where no kind is named. */
export const workloadName = ({ kind, metadata }: Workload): string =>
  kind === 'Deployment' ? fullName(metadata) : `${kind} ${fullName(metadata)}`;
