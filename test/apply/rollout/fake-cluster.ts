import type { ClusterClock } from '../../../src/cluster/clock.ts';
import type { Cluster, Eviction } from '../../../src/cluster/cluster.ts';
import type { CordonMark } from '../../../src/cluster/cordon-mark.ts';
import type { Node, Pod, Workload } from '../../../src/cluster/objects.ts';
import { NodeprepError } from '../../../src/core/errors.ts';

/** Time that passes only while somebody sleeps; `at` lets things happen at a moment. */
export interface FakeClock extends ClusterClock {
  at(milliseconds: number, happen: () => void): void;
}

export const fakeClock = (): FakeClock => {
  let now = 0;
  const due: { when: number; happen: () => void }[] = [];
  return {
    now: () => now,
    date: () => new Date(now),
    at: (when, happen) => due.push({ when, happen }),
    sleep: async (milliseconds, signal) => {
      if (signal?.aborted) return;
      now += milliseconds;
      for (const entry of due.splice(0)) {
        if (entry.when <= now) entry.happen();
        else due.push(entry);
      }
      // Whoever waits beside us gets its turn.
      await new Promise(resolve => setImmediate(resolve));
    },
  };
};

export const pod = (name: string, more: { uid?: string; owner?: string } = {}): Pod => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: more.uid ?? `uid-${name}`,
    ...(more.owner === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: more.owner, uid: `uid-${more.owner}`, controller: true },
          ],
        }),
  },
  spec: { nodeName: 'w1', containers: [{ name: 'main' }] },
  status: { phase: 'Running' },
});

/** The API's image of a static pod. */
export const mirror = (name: string, containerID: string, ready = true): Pod => {
  const { metadata, spec } = pod(name);
  return {
    metadata: { ...metadata, namespace: 'kube-system', annotations: { 'kubernetes.io/config.mirror': 'a1' } },
    spec,
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ containerID }],
    },
  };
};

export const workload = (name: string, available: number, wanted: number): Workload => ({
  kind: 'ReplicaSet',
  metadata: { name, namespace: 'shop', uid: `uid-${name}` },
  available,
  wanted,
});

export interface FakeState {
  ready: boolean;
  heartbeat: number;
  unschedulable: boolean;
  mark: CordonMark | undefined;
  pods: Pod[];
  workloads: Workload[];
  /** Answers of `evict` before it accepts, by pod. */
  refusals: Map<string, number>;
  /** Accepted pods stay until the test lets them go. */
  sticky: boolean;
  away: boolean;
  requests: string[];
  /** What the API server answers instead, asked for each request. */
  fails: (what: string) => NodeprepError | undefined;
}

export const fakeCluster = (start: Partial<FakeState> = {}) => {
  const state: FakeState = {
    ready: true,
    heartbeat: 1,
    unschedulable: false,
    mark: undefined,
    pods: [],
    workloads: [],
    refusals: new Map(),
    sticky: false,
    away: false,
    requests: [],
    fails: () => undefined,
    ...start,
  };
  const asked = (what: string) => {
    state.requests.push(what);
    const failure = state.fails(what);
    if (failure !== undefined) throw failure;
    if (state.away) throw new NodeprepError('cluster-unreachable', 'the API server does not answer');
  };
  const node = (): Node => ({
    metadata: { name: 'w1', uid: 'uid-w1' },
    spec: { unschedulable: state.unschedulable },
    status: {
      conditions: [{ type: 'Ready', status: state.ready ? 'True' : 'False', lastHeartbeatTime: `t${state.heartbeat}` }],
    },
  });
  const cluster = {
    name: 'fake',
    node: async () => {
      asked('node');
      return node();
    },
    podsOn: async () => {
      asked('podsOn');
      return state.pods;
    },
    workloads: async () => {
      asked('workloads');
      return state.workloads;
    },
    cordon: async (_: string, mark: CordonMark) => {
      asked('cordon');
      if (state.unschedulable && state.mark === undefined) return 'other' as const;
      state.unschedulable = true;
      state.mark = mark;
      return 'ours' as const;
    },
    uncordon: async () => {
      asked('uncordon');
      if (state.mark === undefined) return 'not-ours' as const;
      state.unschedulable = false;
      state.mark = undefined;
      return 'lifted' as const;
    },
    isHealthy: async () => !state.away,
    evict: async ({ name, uid }: { name: string; uid: string }): Promise<Eviction> => {
      asked(`evict ${name}`);
      const left = state.refusals.get(name) ?? 0;
      if (left > 0) {
        state.refusals.set(name, left - 1);
        return { kind: 'later', reason: 'budget shop/cart needs 2 healthy pods and has 2' };
      }
      if (!state.pods.some(({ metadata }) => metadata.uid === uid)) return { kind: 'gone' };
      if (!state.sticky) state.pods = state.pods.filter(({ metadata }) => metadata.uid !== uid);
      return { kind: 'accepted' };
    },
  } satisfies Partial<Cluster>;
  return { state, cluster: cluster as unknown as Cluster };
};
