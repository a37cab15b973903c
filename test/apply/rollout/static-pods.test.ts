import { describe, expect, it } from 'vitest';
import { patiently } from '../../../src/apply/rollout/patiently.ts';
import { readyStaticPods, settleStaticPods } from '../../../src/apply/rollout/static-pods.ts';
import type { Pod } from '../../../src/cluster/objects.ts';
import { NodeprepError } from '../../../src/core/errors.ts';
import { fakeClock, mirror, pod } from './fake-cluster.ts';

const before = readyStaticPods([mirror('etcd-a', 'c1'), mirror('odd-a', 'c2', false), pod('cart')]);

const settle = async (pods: () => readonly Pod[], { areNew = true, healthyFrom = 0 } = {}) => {
  const clock = fakeClock();
  const cluster = { podsOn: async () => pods(), isHealthy: async () => clock.now() >= healthyFrom };
  const signal = new AbortController().signal;
  const left = await settleStaticPods(before, { cluster, node: 'a', areNew, timeoutMs: 60_000, clock, signal });
  return { left, spentMs: clock.now() };
};

describe('static pods of a node', () => {
  it('count where they were Ready before', () => {
    expect([...before]).toEqual([['kube-system/etcd-a', new Set(['c1'])]]);
  });

  it('are back when they are Ready in other containers', async () => {
    expect(await settle(() => [mirror('etcd-a', 'c3')])).toEqual({ left: [], spentMs: 0 });
  });

  it.each([
    ['Ready as they were before their sandboxes were removed', [mirror('etcd-a', 'c1')]],
    ['not Ready', [mirror('etcd-a', 'c3', false)]],
    ['not there', []],
  ])('are not back while they are %s', async (_what, pods) => {
    expect(await settle(() => pods)).toEqual({ left: ['kube-system/etcd-a (static pod)'], spentMs: 60_000 });
  });

  it('are back with their old containers on a node that was reverted', async () => {
    expect((await settle(() => [mirror('etcd-a', 'c1')], { areNew: false })).left).toEqual([]);
  });

  it('are not given up where an API server that has just started denies to say whether it is ready', async () => {
    const clock = fakeClock();
    const cluster = {
      podsOn: async () => [mirror('etcd-a', 'c3')],
      isHealthy: async () => {
        if (clock.now() < 9_000) throw new NodeprepError('cluster-denied', 'forbidden');
        return true;
      },
    };
    const { signal } = new AbortController();
    const timed = { timeoutMs: 60_000, clock, signal };
    expect(await settleStaticPods(before, { cluster, node: 'a', areNew: true, ...timed })).toEqual([]);
  });

  it('are back once the API says that it is ready', async () => {
    expect(await settle(() => [mirror('etcd-a', 'c3')], { healthyFrom: 9_000 })).toEqual({ left: [], spentMs: 9_000 });
  });
});

describe('patience', () => {
  const ask = (code: 'cluster-denied' | 'cluster-unreachable' | 'connect-failed', untilMs: number) => {
    const clock = fakeClock();
    return patiently(
      async () => {
        if (clock.now() < untilMs) throw new NodeprepError(code, 'no');
        return clock.now();
      },
      { clock, timeoutMs: 120_000 },
    );
  };

  it('outlasts an API server that is away, and one that has just started and denies everything', async () => {
    expect(await ask('cluster-unreachable', 100_000)).toBe(100_000);
    expect(await ask('cluster-denied', 20_000)).toBe(20_000);
    // The only host of cluster.via that is left.
    expect(await ask('connect-failed', 100_000)).toBe(100_000);
  });

  it('ends where the API server goes on denying', async () => {
    await expect(ask('cluster-denied', 40_000)).rejects.toMatchObject({ code: 'cluster-denied' });
  });
});
