import { describe, expect, it } from 'vitest';
import type { NodeRolloutOptions } from '../../../src/apply/rollout/node-progress.ts';
import { nodeRollout } from '../../../src/apply/rollout/node-rollout.ts';
import type { Pod } from '../../../src/cluster/objects.ts';
import { NodeprepError } from '../../../src/core/errors.ts';
import { type FakeState, fakeClock, fakeCluster, mirror, pod, workload } from './fake-cluster.ts';

/** The host waits for as long as it takes. */
const waits = new AbortController().signal;

const moving = ({ metadata: { name, uid, ownerReferences } }: Pod) => {
  const [owner] = ownerReferences ?? [];
  return {
    namespace: 'shop',
    name,
    uid,
    graceSeconds: 20,
    ...(owner === undefined ? {} : { controllerUid: owner.uid }),
  };
};

const setUp = (start: Partial<FakeState> = {}, more: Partial<NodeRolloutOptions> = {}) => {
  const { state, cluster } = fakeCluster({
    pods: [pod('a', { owner: 'cart' }), pod('b')],
    workloads: [workload('cart', 2, 2)],
    ...start,
  });
  const clock = fakeClock();
  const notes: string[] = [];
  const interrupt = new AbortController();
  const rollout = nodeRollout({
    cluster,
    node: 'w1',
    identity: { runId: 'run-1', holder: 'ops@ci' },
    reason: 'cgroup driver',
    kind: 'drain',
    driversDisagree: false,
    drainTimeoutMs: 60_000,
    settleTimeoutMs: 60_000,
    readyTimeoutMs: 60_000,
    judge: async () => ({
      ok: true,
      pods: state.pods.map(moving),
      takesApiDown: false,
      workloads: [...state.workloads],
    }),
    emptySandboxes: async () => ({ go: true }),
    expectOutage: () => () => undefined,
    tell: note => notes.push(note),
    clock,
    signal: interrupt.signal,
    settle: 'nodeprep recover inventory.yaml --limit w1',
    ...more,
  });
  return { state, clock, notes, interrupt, rollout };
};

describe('the hold `drained`', () => {
  it('cordons with the mark of the run, evicts, and goes on once all pods have left', async () => {
    const { state, rollout, notes } = setUp();
    expect(await rollout.holds.drained(waits)).toEqual({ go: true });
    expect(state).toMatchObject({
      unschedulable: true,
      mark: { run: 'run-1', holder: 'ops@ci', reason: 'cgroup driver' },
      pods: [],
    });
    expect(notes).toEqual(['cordoned (run run-1)', '2 pods evicted']);
  });

  it('is over at once in a later round: the kubelet that an earlier one has stopped has started nothing since', async () => {
    const { state, rollout, notes } = setUp({}, { emptySandboxes: async () => ({ go: true }) });
    await rollout.holds.drained(waits);
    await rollout.holds.sandboxes(waits);
    const asked = state.requests.length;
    expect(await rollout.holds.drained(waits)).toEqual({ go: true });
    expect(state.requests).toHaveLength(asked);
    expect(notes).toEqual(['cordoned (run run-1)', '2 pods evicted']);
  });

  it('asks a budget again until it allows', async () => {
    const { state, rollout } = setUp({ refusals: new Map([['a', 3]]) });
    expect(await rollout.holds.drained(waits)).toEqual({ go: true });
    expect(state.requests.filter(request => request === 'evict a')).toHaveLength(4);
    expect(state.requests.filter(request => request === 'evict b')).toHaveLength(1);
  });

  it('names what is left when the time is up', async () => {
    const { rollout } = setUp({ refusals: new Map([['a', 1_000]]) });
    expect(await rollout.holds.drained(waits)).toMatchObject({
      go: false,
      code: 'drain-timeout',
      reason: expect.stringContaining('shop/a: budget shop/cart needs 2 healthy'),
    });
  });

  it('names a pod that was evicted and does not end', async () => {
    const { rollout } = setUp({ sticky: true });
    expect(await rollout.holds.drained(waits)).toMatchObject({
      go: false,
      reason: expect.stringContaining('shop/b was evicted and is still terminating'),
    });
  });

  it('does not wait for pods of a dead kubelet', async () => {
    const { rollout } = setUp({ sticky: true, ready: false });
    expect(await rollout.holds.drained(waits)).toEqual({ go: true });
  });

  describe('where kubelet and runtime disagree', () => {
    const disagree = { driversDisagree: true };

    it('leaves pods that do not end to the hold `sandboxes` once their own grace is over, and not before', async () => {
      const { clock, rollout, notes } = setUp({ sticky: true }, disagree);
      expect(await rollout.holds.drained(waits)).toEqual({ go: true });
      expect(clock.now()).toBeGreaterThanOrEqual(20_000);
      expect(clock.now()).toBeLessThan(30_000);
      expect(notes).toContainEqual(expect.stringContaining('kubelet and runtime disagree'));
    });

    it('goes on as soon as all have left all the same', async () => {
      const { clock, rollout } = setUp({}, disagree);
      expect(await rollout.holds.drained(waits)).toEqual({ go: true });
      expect(clock.now()).toBeLessThan(1_000);
    });

    const serving = (name: string): Pod => {
      const { status, ...rest } = pod(name);
      return { ...rest, status: { ...status, conditions: [{ type: 'Ready', status: 'True' }] } };
    };

    it('lets a pod stay that does not serve and that its budget does not let go: the repaired kubelet starts it anew', async () => {
      const { state, rollout } = setUp({ refusals: new Map([['a', 1_000]]) }, disagree);
      expect(await rollout.holds.drained(waits)).toEqual({ go: true });
      expect(state.pods.map(({ metadata }) => metadata.name)).toEqual(['a']);
    });

    it('waits for the budget of a pod that serves, as ever', async () => {
      const pods = [serving('a'), serving('b')];
      const { state, rollout } = setUp({ pods, sticky: true, refusals: new Map([['a', 3]]) }, disagree);
      expect(await rollout.holds.drained(waits)).toEqual({ go: true });
      expect(state.requests.filter(request => request === 'evict a')).toHaveLength(4);
      const refused = setUp({ pods, sticky: true, refusals: new Map([['a', 1_000]]) }, disagree);
      expect(await refused.rollout.holds.drained(waits)).toMatchObject({ go: false, code: 'drain-timeout' });
    });

    it('gives no pod less than its grace, however short the drain', async () => {
      const { rollout } = setUp({ sticky: true }, { ...disagree, drainTimeoutMs: 10_000 });
      expect(await rollout.holds.drained(waits)).toMatchObject({ go: false, code: 'drain-timeout' });
    });
  });

  it('judges after the cordon, and evicts nothing when a new pod may not move', async () => {
    const { state, rollout } = setUp(
      {},
      { judge: async () => ({ ok: false, code: 'drain-infeasible', reason: 'shop/new has no controller' }) },
    );
    expect(await rollout.holds.drained(waits)).toMatchObject({ go: false, code: 'drain-infeasible' });
    expect(state.pods).toHaveLength(2);
  });

  it('waits for an API server that is away for a while', async () => {
    const { state, clock, rollout } = setUp({ away: true });
    clock.at(30_000, () => {
      state.away = false;
    });
    expect(await rollout.holds.drained(waits)).toEqual({ go: true });
  });

  it('gives up on an API server that stays away', async () => {
    const { rollout } = setUp({ away: true });
    expect(await rollout.holds.drained(waits)).toMatchObject({ go: false, code: 'cluster-unreachable' });
  });

  it('stops evicting when the operator interrupts', async () => {
    const { clock, interrupt, rollout } = setUp({ refusals: new Map([['a', 1_000]]) });
    clock.at(10_000, () => interrupt.abort());
    expect(await rollout.holds.drained(waits)).toMatchObject({ go: false, code: 'interrupted' });
  });
});

describe('a node without which the API does not answer', () => {
  const lone = () => {
    const told: string[] = [];
    const set = setUp(
      {},
      {
        judge: async () => ({ ok: true, pods: [], takesApiDown: true, workloads: [] }),
        expectOutage: () => {
          told.push('expected');
          return () => told.push('over');
        },
        emptySandboxes: async () => {
          told.push('emptied');
          return { go: true };
        },
      },
    );
    return { ...set, told };
  };

  it('says so before its sandboxes go, and that it is over at its end', async () => {
    const { state, rollout, told, notes } = lone();
    await rollout.holds.drained(waits);
    expect(told).toEqual([]);
    await rollout.holds.sandboxes(waits);
    expect(notes.at(-1)).toBe('the API goes away until the static pods of this node are back');
    state.heartbeat += 1;
    await rollout.finish('committed', true);
    expect(told).toEqual(['expected', 'emptied', 'over']);
  });

  it('says that it is over where the API never comes back', async () => {
    const { state, rollout, told } = lone();
    await rollout.holds.drained(waits);
    await rollout.holds.sandboxes(waits);
    state.away = true;
    expect(await rollout.finish('reverted', true)).toMatchObject({ error: { code: 'cluster-unreachable' } });
    expect(told.at(-1)).toBe('over');
  });

  it('is told why where the lock of the cluster is lost', async () => {
    const { interrupt, rollout } = lone();
    await rollout.holds.drained(waits);
    interrupt.abort(new NodeprepError('lock-held', 'run b works on this cluster'));
    expect(await rollout.holds.sandboxes(waits)).toEqual({
      go: false,
      code: 'lock-held',
      reason: 'run b works on this cluster',
    });
  });
});

describe('ready', () => {
  it('takes only a Ready that the kubelet has said since it was stopped', async () => {
    const { state, clock, rollout } = setUp();
    await rollout.holds.drained(waits);
    await rollout.holds.sandboxes(waits);
    clock.at(clock.now() + 20_000, () => {
      state.heartbeat += 1;
    });
    const before = clock.now();
    expect(await rollout.ready()).toBeUndefined();
    expect(clock.now() - before).toBeGreaterThanOrEqual(20_000);
  });

  it('says that the kubelet is silent', async () => {
    const { rollout } = setUp();
    await rollout.holds.drained(waits);
    await rollout.holds.sandboxes(waits);
    expect(await rollout.ready()).toContain('has not reported within 60 s');
  });
});

describe('the end of a node', () => {
  const drained = async (start: Partial<FakeState> = {}) => {
    const set = setUp(start);
    await set.rollout.holds.drained(waits);
    await set.rollout.holds.sandboxes(waits);
    set.state.heartbeat += 1;
    return set;
  };

  it('committed: uncordoned, then waits for the workloads', async () => {
    const { state, clock, rollout, notes } = await drained();
    // Those of before are known from the judgement.
    expect(state.requests).not.toContain('workloads');
    state.workloads = [workload('cart', 1, 2)];
    clock.at(clock.now() + 8_000, () => {
      state.workloads = [workload('cart', 2, 2)];
    });
    expect(await rollout.finish('committed', true)).toEqual({ node: { name: 'w1', ready: true, cordonedBy: null } });
    expect(state).toMatchObject({ unschedulable: false, mark: undefined });
    expect(notes.at(-1)).toMatch(/^workloads back after \d+ s$/);
  });

  it('committed, but a workload does not come back: an error, and the node is schedulable', async () => {
    const { state, rollout } = await drained();
    state.workloads = [workload('cart', 1, 2)];
    expect(await rollout.finish('committed', true)).toMatchObject({
      node: { cordonedBy: null },
      error: {
        code: 'settle-timeout',
        message: expect.stringContaining('shop/cart (ReplicaSet) 1 of 2 is not available'),
      },
    });
  });

  it('committed, and an API server that has just started knows nobody yet: asked again', async () => {
    const { state, rollout } = await drained();
    let denials = 2;
    state.fails = what => {
      if (what !== 'node' || state.unschedulable || denials === 0) return undefined;
      denials -= 1;
      return new NodeprepError('cluster-denied', 'forbidden: RBAC: clusterroles not found');
    };
    expect(await rollout.finish('committed', true)).toEqual({ node: { name: 'w1', ready: true, cordonedBy: null } });
  });

  it('committed, but its kubelet falters once more: waited for, so that the next node does not go meanwhile', async () => {
    const { state, clock, rollout } = await drained();
    const uncordoned = () => !state.unschedulable;
    state.fails = what => {
      if (what === 'workloads' && uncordoned()) state.ready = false;
      return undefined;
    };
    clock.at(clock.now() + 30_000, () => {
      state.ready = true;
    });
    expect(await rollout.finish('committed', true)).toEqual({ node: { name: 'w1', ready: true, cordonedBy: null } });
    expect(clock.now()).toBeGreaterThanOrEqual(30_000);
  });

  it('committed, and not Ready any more: an error of the node', async () => {
    const { state, rollout } = await drained();
    state.fails = what => {
      if (what === 'workloads' && !state.unschedulable) state.ready = false;
      return undefined;
    };
    expect(await rollout.finish('committed', true)).toMatchObject({
      node: { ready: false, cordonedBy: null },
      error: { code: 'node-not-ready', message: expect.stringContaining('is not Ready any more') },
    });
  });

  it('interrupted while it waits for workloads: says so, and blames no workload', async () => {
    const { state, clock, interrupt, rollout, notes } = await drained();
    state.workloads = [workload('cart', 1, 2)];
    clock.at(clock.now() + 2_000, () => interrupt.abort());
    expect(await rollout.finish('committed', true)).not.toHaveProperty('error');
    expect(notes.at(-1)).toBe('not waited for: shop/cart (ReplicaSet) 1 of 2');
  });

  it('does not wait for what was unavailable before', async () => {
    const { rollout } = await drained({ workloads: [workload('cart', 1, 2)] });
    expect(await rollout.finish('committed', true)).not.toHaveProperty('error');
  });

  it('reverted and Ready again: uncordoned', async () => {
    const { state, rollout } = await drained();
    expect(await rollout.finish('reverted', true)).toEqual({ node: { name: 'w1', ready: true, cordonedBy: null } });
    expect(state.unschedulable).toBe(false);
  });

  it('reverted after it was emptied: the Ready of a static pod that has ended does not count', async () => {
    const { state, clock, rollout } = setUp(
      { pods: [mirror('etcd-w1', 'c1')] },
      { judge: async () => ({ ok: true, pods: [], takesApiDown: false, workloads: [] }) },
    );
    await rollout.holds.drained(waits);
    await rollout.holds.sandboxes(waits);
    state.heartbeat += 1;
    const back = clock.now() + 20_000;
    clock.at(back, () => {
      state.pods = [mirror('etcd-w1', 'c2')];
    });
    expect(await rollout.finish('reverted', true)).not.toHaveProperty('error');
    expect(clock.now()).toBeGreaterThanOrEqual(back);
  });

  it.each([
    ['partial', true, 'not everything could be undone'],
    ['unknown', true, 'is not known'],
    ['reverted', false, 'do not use the same cgroup driver'],
  ] as const)('%s (agree: %s): stays cordoned, marked, and named with the command', async (end, agree, words) => {
    const { state, rollout } = await drained();
    const ended = await rollout.finish(end, agree);
    expect(ended).toMatchObject({ node: { cordonedBy: 'nodeprep' } });
    expect(ended.error?.message).toContain('Node w1 stays cordoned');
    expect(ended.error?.message).toContain(words);
    expect(ended.error?.hint).toContain('nodeprep recover inventory.yaml --limit w1');
    expect(state).toMatchObject({ unschedulable: true, mark: { run: 'run-1' } });
  });

  it('reverted and not Ready: stays cordoned', async () => {
    const { state, rollout } = await drained();
    state.ready = false;
    expect(await rollout.finish('reverted', true)).toMatchObject({ error: { code: 'node-not-ready' } });
    expect(state.unschedulable).toBe(true);
  });

  it('the API server never comes back: says that the node stays cordoned', async () => {
    const { state, rollout } = await drained();
    state.away = true;
    expect(await rollout.finish('committed', true)).toMatchObject({
      error: { code: 'cluster-unreachable', message: expect.stringContaining('stays cordoned') },
    });
  });

  it('a drain that did not come about: the host changed nothing, and the node is as it was', async () => {
    const { state, rollout } = setUp({ ready: false, refusals: new Map([['a', 1_000]]) });
    await rollout.holds.drained(waits);
    expect(await rollout.finish('unchanged', false)).toEqual({ node: { name: 'w1', ready: false, cordonedBy: null } });
    expect(state.unschedulable).toBe(false);
  });

  it('a cordon of somebody else is never lifted', async () => {
    const { state, rollout } = await drained({ unschedulable: true });
    expect(await rollout.finish('committed', true)).toEqual({ node: { name: 'w1', ready: true, cordonedBy: 'other' } });
    expect(state).toMatchObject({ unschedulable: true, mark: undefined });
  });

  it('nothing was begun: nothing is asked but how the node is', async () => {
    const { state, rollout } = setUp();
    await rollout.finish('unchanged', true);
    expect(state.requests).toEqual(['node']);
  });
});
