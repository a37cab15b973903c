import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { Node, PersistentVolume, Pod, Volume } from '../../cluster/objects.ts';
import { indexBudgets } from './budget-index.ts';
import type { BudgetState } from './budget-strength.ts';
import { type ControllerOf, findControllers, livePodsByController } from './controllers.ts';
import { type FindPods, indexLabels } from './label-index.ts';
import { isCordoned, isNodeReady } from './nodes.ts';
import { fullName, isFinished } from './pods.ts';
import { type Amounts, amountsOf, totalOf } from './quantity.ts';
import { requestsOf } from './requests.ts';
import type { Labels } from './selectors.ts';

/** A node as a place for pods of other nodes. */
export interface Place {
  readonly node: Node;
  readonly name: string;
  readonly labels: Labels;
  /** Ready and not cordoned. */
  readonly isOpen: boolean;
  readonly allocatable: Amounts;
  /** Reserved by the pods that are there. */
  readonly reserved: Amounts;
  /** `TCP/443` */
  readonly hostPorts: ReadonlySet<string>;
}

/** What every node's drain is judged with, worked out once for all of them. */
export interface ClusterIndex {
  readonly places: readonly Place[];
  placeOf(node: string): Place | undefined;
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  readonly findPods: FindPods;
  readonly controllerOf: ControllerOf;
  /** `kube-system/kube-proxy` */
  readonly daemonSets: ReadonlySet<string>;
  readonly budgetsByPod: ReadonlyMap<string, readonly BudgetState[]>;
  /** The volume behind a claim of a pod; undefined: no claim, or one that is not bound. */
  volumeOf(pod: Pod, volume: Volume): PersistentVolume | undefined;
  /** Computed once for everything that has the same key. */
  once<T>(key: string, compute: () => T): T;
}

export const indexCluster = (facts: ClusterFacts): ClusterIndex => {
  const podsByNode = grouped(facts.pods, ({ spec }) => spec.nodeName);
  const findPods = indexLabels(grouped(facts.pods, ({ metadata }) => metadata.namespace ?? ''));
  const controllerOf = findControllers(facts.workloads);
  const claims = new Map(facts.claims.map(claim => [fullName(claim.metadata), claim]));
  const volumes = new Map(facts.volumes.map(volume => [volume.metadata.name, volume]));
  const known = new Map<string, unknown>();
  const places = new Map(
    facts.nodes.map(node => [node.metadata.name, toPlace(node, podsByNode.get(node.metadata.name) ?? [])]),
  );
  return {
    places: [...places.values()],
    placeOf: name => places.get(name),
    podsByNode,
    findPods,
    controllerOf,
    daemonSets: new Set(
      facts.workloads.filter(({ kind }) => kind === 'DaemonSet').map(({ metadata }) => fullName(metadata)),
    ),
    budgetsByPod: indexBudgets(facts.budgets, findPods, {
      controllerOf,
      liveByController: livePodsByController(facts.pods, controllerOf),
    }),
    volumeOf: ({ metadata }, { persistentVolumeClaim }) => {
      const claim = persistentVolumeClaim?.claimName;
      if (claim === undefined) return undefined;
      const bound = claims.get(`${metadata.namespace ?? ''}/${claim}`)?.spec.volumeName;
      return bound === undefined ? undefined : volumes.get(bound);
    },
    once: <T>(key: string, compute: () => T): T => {
      if (!known.has(key)) known.set(key, compute());
      return known.get(key) as T;
    },
  };
};

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

const toPlace = (node: Node, pods: readonly Pod[]): Place => {
  const live = pods.filter(pod => !isFinished(pod));
  return {
    node,
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    isOpen: isNodeReady(node) && !isCordoned(node),
    allocatable: amountsOf(node.status.allocatable),
    reserved: totalOf(live.map(requestsOf)),
    hostPorts: new Set(live.flatMap(hostPortsOf)),
  };
};

export const hostPortsOf = ({ spec }: Pod): readonly string[] =>
  [
    ...spec.containers,
    ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, protocol = 'TCP' }) => (hostPort ? [`${protocol}/${hostPort}`] : [])),
  );
