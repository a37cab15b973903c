import { probeAvailability } from '../../test/clusters/support/rollout-place.ts';
import { budget, deployment } from '../../test/lab/cluster/index.ts';
import type { CliRun } from '../../test/nodes/support/cli.ts';
import { median } from '../measure.ts';
import type { Fleet } from './fleet.ts';
import { type Usage, watchUsage } from './usage.ts';
import { type Seen, watchNodes } from './watch-nodes.ts';

export interface RolledOver {
  readonly applied: CliRun;
  readonly seen: Seen;
  readonly seconds: number;
  /** Of one node, from its cordon to its uncordon. */
  readonly outSeconds: { readonly median: number; readonly longest: number };
  readonly requests: Requests;
  readonly usage: Usage;
  readonly pods: { readonly all: number; readonly least: number; readonly fewest: number };
}

export interface Requests {
  readonly all: number;
  /** Those that come with time, not with nodes: the renewed lock of the cluster. */
  readonly lock: number;
  /** How often each kind of request was made, most frequent first. */
  readonly kinds: ReadonlyMap<string, number>;
}

export interface RollOverOptions {
  /** As in the inventory. */
  readonly maxUnavailable: number | string;
  /** Nodes that may be out of service at the same time; their pods may be too. */
  readonly atOnce: number;
}

const podsPerNode = 2;

/** `apply` over the whole fleet from cgroupfs to systemd, with pods under a budget, watched from outside. */
export const rollOver = async (fleet: Fleet, { maxUnavailable, atOnce }: RollOverOptions): Promise<RolledOver> => {
  const all = podsPerNode * fleet.names.length;
  const least = all - podsPerNode * atOnce;
  await fleet.cluster.apply(deployment('web', all), budget('web', { minAvailable: least }));
  await fleet.cluster.waitPods('web', all, { timeoutMs: 600_000 });
  const inventory = fleet.inventory('systemd', 'systemd', { rollout: { maxUnavailable, maxFailures: 1 } });
  const before = fleet.requests().length;
  const watch = await watchNodes(fleet.cluster);
  const probe = probeAvailability(fleet.cluster, 'web');
  let usage: (() => Usage) | undefined;
  const started = performance.now();
  const applied = await fleet.json(['apply', inventory, '--yes'], {
    timeoutMs: 3_600_000,
    onStart: pid => {
      usage = watchUsage(pid);
    },
  });
  const seconds = (performance.now() - started) / 1_000;
  const { fewest } = await probe.stop();
  const seen = await watch.stop();
  const out = [...seen.outMs.values()].map(ms => ms / 1_000);
  return {
    applied,
    seen,
    seconds,
    outSeconds: { median: median(out), longest: Math.max(...out) },
    requests: count(fleet.requests().slice(before)),
    usage: usage?.() ?? { peakMiB: 0, cpuSeconds: 0 },
    pods: { all, least, fewest },
  };
};

/** Names of single objects are left out, so that requests for different nodes and pods are of a kind. */
const kindOf = ({ verb, uri }: ReturnType<Fleet['requests']>[number]): string => {
  const path = uri.replace(/\?.*/, '').replace(/\/(nodes|pods)\/[^/]+/, '/$1/*');
  const selected = /fieldSelector=spec.nodeName/.test(uri) ? ' of a node' : '';
  return `${verb} ${path}${selected}`;
};

const count = (requests: ReturnType<Fleet['requests']>): Requests => {
  const kinds = new Map<string, number>();
  for (const request of requests) kinds.set(kindOf(request), (kinds.get(kindOf(request)) ?? 0) + 1);
  return {
    all: requests.length,
    lock: requests.filter(({ uri }) => uri.includes('/leases')).length,
    kinds: new Map([...kinds].sort(([, left], [, right]) => right - left)),
  };
};
