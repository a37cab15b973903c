import type { ClusterClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Workload } from '../../cluster/objects.ts';
import { patiently } from './patiently.ts';

/** Controllers whose pods are evicted, as they were before: what has to come back. */
export type Baseline = ReadonlyMap<string, Workload>;

/** Those that were fully available; one that was not before is not ours to bring back (design 3.10, `settleTimeout`). */
export const baselineOf = (workloads: readonly Workload[], ownerUids: ReadonlySet<string>): Baseline =>
  new Map(
    workloads
      .filter(({ metadata, available, wanted }) => ownerUids.has(metadata.uid) && available >= wanted)
      .map(workload => [workload.metadata.uid, workload]),
  );

/** Names with counts of what is not back: `shop/cart (ReplicaSet) 1 of 2`. One that was deleted or scaled down needs no more. */
export const notBack = (baseline: Baseline, now: readonly Workload[]): readonly string[] => {
  const current = new Map(now.map(workload => [workload.metadata.uid, workload]));
  return [...baseline.values()].flatMap(before => {
    const found = current.get(before.metadata.uid);
    if (found === undefined) return [];
    const wanted = Math.min(before.wanted, found.wanted);
    const { namespace = 'default', name } = before.metadata;
    return found.available >= wanted ? [] : [`${namespace}/${name} (${before.kind}) ${found.available} of ${wanted}`];
  });
};

export interface SettleOptions {
  readonly cluster: Pick<Cluster, 'workloads'>;
  readonly timeoutMs: number;
  readonly clock: ClusterClock;
  readonly signal: AbortSignal;
}

const pollMs = 1_000;
const slowPollMs = 3_000;
const slowAfterMs = 15_000;

/** Waits until every evicted workload is available again. Empty = all are. An interrupt ends the wait, not the result. */
export const settleWorkloads = async (baseline: Baseline, options: SettleOptions): Promise<readonly string[]> => {
  const { cluster, timeoutMs, clock, signal } = options;
  const started = clock.now();
  if (baseline.size === 0) return [];
  for (;;) {
    const left = notBack(baseline, await patiently(() => cluster.workloads(), { clock, timeoutMs, signal }));
    const spent = clock.now() - started;
    if (left.length === 0 || spent >= timeoutMs || signal.aborted) return left;
    await clock.sleep(spent < slowAfterMs ? pollMs : slowPollMs, signal);
  }
};
