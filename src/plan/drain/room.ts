import type { Pod, PodAffinityTerm } from '../../cluster/objects.ts';
import { type ClusterIndex, hostPortsOf, type Place } from './cluster-index.ts';
import type { DrainContext } from './drain-context.ts';
import { fitsEver, isKeptOutNow, lacksNow, type Wishes, wishesOf } from './fits.ts';
import { isFinished } from './pods.ts';
import { type Amounts, totalOf } from './quantity.ts';
import { selects } from './selectors.ts';

export interface Homeless {
  readonly pod: Pod;
  readonly reason: string;
}

/**
 * Which of the moving pods find no room elsewhere as things are now: the largest are placed first, each on the first node that takes it.
 * Not the scheduler: preferences, spreading and the anti-affinity of others are left out. So it warns and never blocks.
 */
export const withoutRoom = (pods: readonly Pod[], { index, node, away }: DrainContext): readonly Homeless[] => {
  const others = index.places.filter(place => place.name !== node.metadata.name);
  const coming = new Map<string, Coming>();
  return pods
    .map(pod => wishesOf(pod, index))
    .toSorted((left, right) => sizeOf(right) - sizeOf(left))
    .flatMap(wishes => {
      const possible = new Set(fitsEver(wishes, index, true).places);
      const reasons = new Set<string>();
      for (const place of others) {
        if (!possible.has(place)) continue;
        const reason = away.has(place.name)
          ? 'a node that could take it is away at the same time'
          : whyNotNow(wishes, place, coming.get(place.name), index, node.metadata.name);
        if (reason === undefined) {
          coming.set(place.name, withOneMore(coming.get(place.name), wishes));
          return [];
        }
        reasons.add(reason);
      }
      // Nowhere at all is told by a rule of its own.
      return reasons.size === 0 ? [] : [{ pod: wishes.pod, reason: [...reasons].sort().join(', ') }];
    });
};

/** What has been placed on a node so far. */
interface Coming {
  readonly amounts: Amounts;
  readonly pods: readonly Pod[];
}

const nobody: Coming = { amounts: {}, pods: [] };

const withOneMore = ({ amounts, pods }: Coming = nobody, { requests, pod }: Wishes): Coming => ({
  amounts: totalOf([amounts, requests]),
  pods: [...pods, pod],
});

const sizeOf = ({ requests }: Wishes): number => requests.memory ?? 0;

const whyNotNow = (
  wishes: Wishes,
  place: Place,
  coming: Coming = nobody,
  index: ClusterIndex,
  leaving: string,
): string | undefined => {
  if (isKeptOutNow(wishes, place)) return 'a node that could take it is cordoned, tainted or not Ready';
  const resource = lacksNow(wishes, place, coming.amounts);
  if (resource !== undefined) return `not enough ${resource}`;
  const port = hostPortsOf(wishes.pod).find(
    each => place.hostPorts.has(each) || coming.pods.some(pod => hostPortsOf(pod).includes(each)),
  );
  if (port !== undefined) return `host port ${port} is taken`;
  return isRepelled(wishes.pod, place, coming.pods, index, leaving) ? 'pod anti-affinity' : undefined;
};

/** Whom one of the pod's anti-affinity terms keeps it away from. */
interface Repelling {
  readonly term: PodAffinityTerm;
  readonly namespaces: readonly string[];
  /** Nodes with such pods, by the value of their topology label. */
  readonly hosts: ReadonlyMap<string, ReadonlySet<string>>;
}

const isRepelled = (pod: Pod, place: Place, coming: readonly Pod[], index: ClusterIndex, leaving: string): boolean =>
  index
    .once(`repels ${pod.metadata.uid}`, () => repellingOf(pod, index))
    .some(({ term, namespaces, hosts }) => {
      const topology = place.labels[term.topologyKey];
      if (topology === undefined) return false;
      const there = hosts.get(topology);
      const isThere = there !== undefined && there.size > (there.has(leaving) ? 1 : 0);
      return isThere || coming.some(each => isMeant(each, term, namespaces));
    });

const repellingOf = (pod: Pod, index: ClusterIndex): readonly Repelling[] =>
  (pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term => {
    const namespaces = term.namespaces ?? [pod.metadata.namespace ?? ''];
    const key = `repelled ${JSON.stringify([term, namespaces])}`;
    return { term, namespaces, hosts: index.once(key, () => hostsOfRepelling(term, namespaces, index)) };
  });

const isMeant = ({ metadata }: Pod, { labelSelector }: PodAffinityTerm, namespaces: readonly string[]): boolean =>
  namespaces.includes(metadata.namespace ?? '') && selects(labelSelector, metadata.labels);

const hostsOfRepelling = (
  { labelSelector, topologyKey }: PodAffinityTerm,
  namespaces: readonly string[],
  { findPods, placeOf }: ClusterIndex,
): Repelling['hosts'] => {
  const hosts = new Map<string, Set<string>>();
  for (const pod of namespaces.flatMap(namespace => findPods(namespace, labelSelector))) {
    const name = pod.spec.nodeName;
    const topology = name === undefined ? undefined : placeOf(name)?.labels[topologyKey];
    if (name === undefined || topology === undefined || isFinished(pod)) continue;
    hosts.set(topology, (hosts.get(topology) ?? new Set()).add(name));
  }
  return hosts;
};
