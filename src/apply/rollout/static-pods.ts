import type { ClusterClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Pod } from '../../cluster/objects.ts';
import { fullName, isMirror, isPodReady } from '../../plan/drain/pods.ts';
import { patiently } from './patiently.ts';

/** Static pods of a node that were Ready, by name, each with the ids of its containers. */
export type StaticPods = ReadonlyMap<string, ReadonlySet<string>>;

export const readyStaticPods = (pods: readonly Pod[]): StaticPods =>
  new Map(pods.filter(pod => isMirror(pod) && isPodReady(pod)).map(pod => [fullName(pod.metadata), containerIds(pod)]));

export interface StaticPodsOptions {
  readonly cluster: Pick<Cluster, 'podsOn' | 'isHealthy'>;
  readonly node: string;
  /** Their sandboxes were removed: a Ready of the containers of before is an old one. */
  readonly areNew: boolean;
  readonly timeoutMs: number;
  readonly clock: ClusterClock;
  readonly signal: AbortSignal;
}

const pollMs = 1_000;

/**
 * Waits until they are Ready again, and the API with them. Empty = all are. The kubelet reports itself before its pods, and the
 * next member of etcd must not go on the word of before.
 */
export const settleStaticPods = async (before: StaticPods, options: StaticPodsOptions): Promise<readonly string[]> => {
  const { cluster, node, clock, timeoutMs, signal } = options;
  const end = clock.now() + timeoutMs;
  if (before.size === 0) return [];
  for (;;) {
    const now = await patiently(() => cluster.podsOn(node), { clock, timeoutMs, signal });
    const left = notBack(before, now, options.areNew);
    if (left.length === 0 && (await patiently(() => cluster.isHealthy(), { clock, timeoutMs, signal }))) return [];
    if (clock.now() >= end || signal.aborted) return left.length === 0 ? ['the API (/readyz)'] : left;
    await clock.sleep(pollMs, signal);
  }
};

const notBack = (before: StaticPods, pods: readonly Pod[], areNew: boolean): readonly string[] => {
  const current = new Map(pods.map(pod => [fullName(pod.metadata), pod]));
  const isBack = (name: string, ids: ReadonlySet<string>): boolean => {
    const pod = current.get(name);
    if (pod === undefined || !isPodReady(pod)) return false;
    return !areNew || ![...containerIds(pod)].some(id => ids.has(id));
  };
  return [...before].flatMap(([name, ids]) => (isBack(name, ids) ? [] : [`${name} (static pod)`]));
};

const containerIds = ({ status }: Pod): ReadonlySet<string> =>
  new Set(status.containerStatuses?.flatMap(({ containerID }) => containerID ?? []));
