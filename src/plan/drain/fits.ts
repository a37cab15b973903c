import type { Pod, Taint, Toleration } from '../../cluster/objects.ts';
import type { ClusterIndex, Place } from './cluster-index.ts';
import type { Amounts } from './quantity.ts';
import { requestsOf } from './requests.ts';
import { hasLabels, selectsNode } from './selectors.ts';

const tolerates = ({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? '')));

/** What the node controller sets and takes away again; who sets others means them. */
const comesAndGoes = ({ key }: Taint): boolean =>
  key.startsWith('node.kubernetes.io/') || key.startsWith('node.cloudprovider.kubernetes.io/');

const keepsOut = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
  !tolerations.some(toleration => tolerates(toleration, taint));

const lacking = (requests: Amounts, room: (resource: string) => number): string | undefined =>
  // NaN, a quantity that nobody can read, is less than nothing.
  Object.keys(requests).find(
    resource => (requests[resource] ?? 0) > 0 && !((requests[resource] ?? 0) <= room(resource)),
  );

/** What a pod asks of a node, whatever else is there at the moment. */
export interface Wishes {
  readonly pod: Pod;
  readonly requests: Amounts;
  /** Pods of the same key fit the same nodes. */
  readonly key: string;
}

export const wishesOf = (pod: Pod, index: ClusterIndex): Wishes =>
  index.once(`wishes ${pod.metadata.uid}`, () => computeWishes(pod, index));

const computeWishes = (pod: Pod, index: ClusterIndex): Wishes => {
  const requests = requestsOf(pod);
  const { nodeSelector, tolerations, affinity } = pod.spec;
  const volumes = (pod.spec.volumes ?? []).flatMap(volume => index.volumeOf(pod, volume)?.metadata.name ?? []);
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return { pod, requests, key: `fits ${JSON.stringify([requests, nodeSelector, tolerations, required, volumes])}` };
};

/** Why this node could not take the pod even if it were empty, Ready and not cordoned; undefined: it could. */
const whyNeverFits = (
  { pod, requests }: Wishes,
  { node, allocatable }: Place,
  index: ClusterIndex,
  withVolumes: boolean,
) => {
  const { nodeSelector, tolerations = [], affinity, volumes = [] } = pod.spec;
  const taint = (node.spec.taints ?? []).find(each => !comesAndGoes(each) && keepsOut(each, tolerations));
  if (taint !== undefined) return `taint ${taint.key}`;
  if (!hasLabels(node, nodeSelector)) return 'nodeSelector';
  if (!selectsNode(affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution, node))
    return 'node affinity';
  const resource = lacking(requests, each => allocatable[each] ?? 0);
  if (resource !== undefined) return `not enough ${resource} in all`;
  const volume = withVolumes
    ? volumes
        .map(each => index.volumeOf(pod, each))
        .find(each => each !== undefined && !selectsNode(each.spec.nodeAffinity?.required, node))
    : undefined;
  return volume === undefined ? undefined : `PersistentVolume ${volume.metadata.name}`;
};

export interface Fit {
  readonly places: readonly Place[];
  /** By name of a node that could never take it. */
  readonly refusals: ReadonlyMap<string, string>;
}

/** Every node of the cluster, this pod's own too, that could take the pod if it were empty. Volumes of one node are another rule's. */
export const fitsEver = (wishes: Wishes, index: ClusterIndex, withVolumes: boolean): Fit =>
  index.once(`${wishes.key} ${withVolumes}`, () => {
    const refusals = new Map<string, string>();
    for (const place of index.places) {
      const reason = whyNeverFits(wishes, place, index, withVolumes);
      if (reason !== undefined) refusals.set(place.name, reason);
    }
    return { places: index.places.filter(({ name }) => !refusals.has(name)), refusals };
  });

/** Whether a node has room beside what is there and what else is to come. */
export const lacksNow = ({ requests }: Wishes, place: Place, coming: Amounts): string | undefined =>
  lacking(requests, each => (place.allocatable[each] ?? 0) - (place.reserved[each] ?? 0) - (coming[each] ?? 0));

export const isKeptOutNow = ({ pod }: Wishes, { node, isOpen }: Place): boolean =>
  !isOpen || (node.spec.taints ?? []).some(taint => keepsOut(taint, pod.spec.tolerations ?? []));
