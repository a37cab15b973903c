import type { ClusterClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { isPodReady } from '../../plan/drain/pods.ts';
import { patiently } from './patiently.ts';

export interface EvictedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly graceSeconds: number;
}

/**
 * works: ends its pods and says so. disagrees: its runtime uses another cgroup driver, so it asks pods to end and never comes to
 * the end of it. dead: does nothing.
 */
export type KubeletState = 'works' | 'disagrees' | 'dead';

export interface EvictOptions {
  readonly cluster: Pick<Cluster, 'evict' | 'podsOn'>;
  readonly node: string;
  readonly timeoutMs: number;
  /**
   * A dead one confirms that no pod has gone, so only the evictions themselves are waited for; one that disagrees has the time
   * that each pod asks for. What is left of them ends with its sandbox, before anything starts under another driver.
   */
  readonly kubelet: KubeletState;
  readonly clock: ClusterClock;
  readonly signal: AbortSignal;
}

export type EvictEnd =
  /** `stayed`: pods that do not serve and were not let go. */
  | { readonly kind: 'left'; readonly stayed: number }
  | { readonly kind: 'interrupted' }
  /** What is still there, with why. */
  | { readonly kind: 'timeout'; readonly reasons: readonly string[] };

/** kubectl's own interval between tries of an eviction that a budget refuses. */
const budgetRetryMs = 5_000;
const pollsMs = [500, 1_000, 1_000, 2_000] as const;
const slowestPollMs = 3_000;
const atOnce = 10;
/** From an accepted eviction until the kubelet has told the pod to end. */
const noticeMs = 3_000;

/** Evicts every pod and waits until all have left the node. A budget that says not now (429) is asked again until the timeout. */
export const evictPods = async (pods: readonly EvictedPod[], options: EvictOptions): Promise<EvictEnd> => {
  const { clock, signal, timeoutMs } = options;
  const end = clock.now() + timeoutMs;
  const asked = new Map<string, { nextTry: number; reason: string }>();
  const pending = new Map(pods.map(pod => [pod.uid, pod]));
  const leaving: Progress['leaving'] = new Map();
  let stayed = 0;
  for (let poll = 0; ; poll += 1) {
    if (signal.aborted) return { kind: 'interrupted' };
    const due = [...pending.values()].filter(({ uid }) => (asked.get(uid)?.nextTry ?? 0) <= clock.now());
    for (let index = 0; index < due.length; index += atOnce) {
      await Promise.all(
        due.slice(index, index + atOnce).map(pod => evictOne(pod, options, { asked, pending, leaving })),
      );
      if (signal.aborted) return { kind: 'interrupted' };
    }
    if (leaving.size > 0) await forgetGone(leaving, options);
    if (options.kubelet === 'disagrees' && pending.size > 0) stayed += await leaveUnhealthy(pending, options);
    if (pending.size + leaving.size === 0) return { kind: 'left', stayed };
    if (clock.now() >= end) return { kind: 'timeout', reasons: [...reasonsOf(pending, asked), ...stillThere(leaving)] };
    await clock.sleep(Math.min(pollsMs[poll] ?? slowestPollMs, Math.max(0, end - clock.now())), signal);
  }
};

interface Progress {
  readonly asked: Map<string, { nextTry: number; reason: string }>;
  readonly pending: Map<string, EvictedPod>;
  /** With the time on the clock at which the pod's own grace is over. */
  readonly leaving: Map<string, { readonly pod: EvictedPod; readonly graceEndsAt: number }>;
}

const evictOne = async (
  pod: EvictedPod,
  options: EvictOptions,
  { asked, pending, leaving }: Progress,
): Promise<void> => {
  const { cluster, clock, timeoutMs, signal } = options;
  const eviction = await patiently(() => cluster.evict(pod), { clock, timeoutMs, signal });
  if (eviction.kind === 'later') {
    asked.set(pod.uid, { nextTry: clock.now() + budgetRetryMs, reason: eviction.reason });
    return;
  }
  pending.delete(pod.uid);
  if (eviction.kind === 'gone' || options.kubelet === 'dead') return;
  leaving.set(pod.uid, { pod, graceEndsAt: clock.now() + pod.graceSeconds * 1_000 + noticeMs });
};

const forgetGone = async (leaving: Progress['leaving'], options: EvictOptions): Promise<void> => {
  const { cluster, node, clock, timeoutMs, signal, kubelet } = options;
  const there = await patiently(() => cluster.podsOn(node), { clock, timeoutMs, signal });
  const uids = new Set(there.map(({ metadata }) => metadata.uid));
  for (const [uid, { graceEndsAt }] of [...leaving]) {
    const isOver = kubelet === 'disagrees' && graceEndsAt <= clock.now();
    if (isOver || !uids.has(uid)) leaving.delete(uid);
  }
};

/**
 * A pod that does not serve, and that such a kubelet will never make serve again, may itself be why its budget says no. It stays:
 * its sandbox goes with the others, and the repaired kubelet starts it anew, as it does the pods of DaemonSets.
 */
const leaveUnhealthy = async (pending: Progress['pending'], options: EvictOptions): Promise<number> => {
  const { cluster, node, clock, timeoutMs, signal } = options;
  const there = await patiently(() => cluster.podsOn(node), { clock, timeoutMs, signal });
  return there.filter(pod => !isPodReady(pod) && pending.delete(pod.metadata.uid)).length;
};

const reasonsOf = (pending: Progress['pending'], asked: Progress['asked']): readonly string[] =>
  [...pending.values()].map(
    ({ namespace, name, uid }) => `${namespace}/${name}: ${asked.get(uid)?.reason ?? 'not asked'}`,
  );

const stillThere = (leaving: Progress['leaving']): readonly string[] =>
  [...leaving.values()].map(
    ({ pod: { namespace, name } }) => `${namespace}/${name} was evicted and is still terminating`,
  );
