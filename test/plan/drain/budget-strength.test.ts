import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget, Workload } from '../../../src/cluster/objects.ts';
import { type BudgetState, desiredOf, stateOfBudget } from '../../../src/plan/drain/budget-strength.ts';
import { remedyFor, whyNever } from '../../../src/plan/drain/budget-words.ts';
import { findControllers, livePodsByController } from '../../../src/plan/drain/controllers.ts';
import { budget, deployment, pod, workload } from './cluster.ts';

const stateOf = (
  spec: PodDisruptionBudget['spec'],
  { pods, workloads }: { readonly pods: readonly Pod[]; readonly workloads: readonly Workload[] },
  selected: readonly Pod[] = pods,
  status?: PodDisruptionBudget['status'],
): BudgetState => {
  const controllerOf = findControllers(workloads);
  return stateOfBudget({ ...budget('shop/cart', spec), ...(status === undefined ? {} : { status }) }, selected, {
    controllerOf,
    liveByController: livePodsByController(pods, controllerOf),
  });
};

const replicas = (wanted: number) => deployment('shop/cart', Array(wanted).fill('worker-1'));

describe('what a budget keeps healthy', () => {
  // Shares are rounded up in both fields: https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
  test.each([
    [{ minAvailable: 2 }, 5, 2],
    [{ minAvailable: '50%' }, 7, 4],
    [{ minAvailable: '50%' }, 1, 1],
    [{ minAvailable: '1%' }, 10, 1],
    [{ minAvailable: '99%' }, 100, 99],
    [{ minAvailable: '99%' }, 10, 10],
    [{ minAvailable: '100%' }, 3, 3],
    [{ maxUnavailable: 1 }, 3, 2],
    [{ maxUnavailable: 5 }, 3, 0],
    [{ maxUnavailable: '30%' }, 7, 4],
    [{ maxUnavailable: '50%' }, 1, 0],
    [{ maxUnavailable: '1%' }, 10, 9],
    [{ maxUnavailable: '0%' }, 4, 4],
  ])('%o of %i pods: %i', (spec, total, expected) => {
    expect(desiredOf(budget('shop/cart', spec), total)).toBe(expected);
  });
});

describe('a budget that can never admit an eviction', () => {
  test.each([
    ['minAvailable as many as replicas', { minAvailable: 2 }, 2, 'at-full-strength'],
    ['minAvailable one below', { minAvailable: 2 }, 3, undefined],
    ['minAvailable above what is wanted', { minAvailable: 5 }, 2, 'at-full-strength'],
    ['minAvailable 100 %', { minAvailable: '100%' }, 9, 'at-full-strength'],
    ['half of one, rounded up', { minAvailable: '50%' }, 1, 'at-full-strength'],
    ['half of two', { minAvailable: '50%' }, 2, undefined],
    ['maxUnavailable 0', { maxUnavailable: 0 }, 4, 'at-full-strength'],
    ['maxUnavailable 0 %', { maxUnavailable: '0%' }, 4, 'at-full-strength'],
    ['maxUnavailable 1 % is one', { maxUnavailable: '1%' }, 2, undefined],
    ['neither of both', {}, 3, 'nothing-expected'],
  ] as const)('%s', (_, spec, wanted, never) => {
    expect(stateOf(spec, replicas(wanted)).never).toBe(never);
  });

  test('counts replicas that are wanted, not those that are there', () => {
    const { workloads, pods } = replicas(3);
    const oneThere = { workloads, pods: pods.slice(0, 1) };
    expect(stateOf({ minAvailable: 2 }, oneThere)).toMatchObject({ strength: 3, healthy: 1, never: undefined });
  });

  test('does not count pods of a rollout beyond what is wanted', () => {
    const surge = { workloads: replicas(2).workloads, pods: replicas(3).pods };
    expect(stateOf({ minAvailable: 2 }, surge)).toMatchObject({ strength: 2, healthy: 3, never: 'at-full-strength' });
  });

  test('counts only the replicas that its labels select', () => {
    const all = {
      workloads: [workload('StatefulSet', 'shop/db', 3)],
      pods: [1, 2, 3].map(each => pod(`shop/db-${each}`, { owner: { kind: 'StatefulSet', name: 'db' } })),
    };
    expect(stateOf({ minAvailable: 1 }, all, all.pods.slice(0, 1))).toMatchObject({
      strength: 1,
      never: 'at-full-strength',
    });
  });

  test('adds up all controllers that it covers', () => {
    const cart = replicas(1);
    const basket = deployment('shop/basket', ['worker-2']);
    const both = { workloads: [...cart.workloads, ...basket.workloads], pods: [...cart.pods, ...basket.pods] };
    expect(stateOf({ maxUnavailable: 1 }, both)).toMatchObject({ strength: 2, desiredHealthy: 1, never: undefined });
    expect(stateOf({ minAvailable: 2 }, both).never).toBe('at-full-strength');
  });

  test('bare pods count for a number, not for a share', () => {
    const bare = { workloads: [], pods: [pod('shop/a'), pod('shop/b')] };
    expect(stateOf({ minAvailable: 1 }, bare).never).toBeUndefined();
    expect(stateOf({ maxUnavailable: 1 }, bare).never).toBe('nothing-expected');
    expect(stateOf({ minAvailable: '50%' }, bare).never).toBe('nothing-expected');
  });

  test('a share of pods without a scale cannot be computed, so nothing goes (the disruption controller fails safe)', () => {
    const job = {
      workloads: [],
      pods: [pod('shop/a', { owner: { kind: 'Job', name: 'backup', apiVersion: 'batch/v1' } })],
    };
    expect(stateOf({ maxUnavailable: 1 }, job)).toMatchObject({
      never: 'not-computable',
      unscalable: ['Job backup'],
    });
    expect(stateOf({ minAvailable: 0 }, job).never).toBeUndefined();
  });

  test('of a custom resource the disruption controller knows the scale', () => {
    const rollout = { workloads: [], pods: [pod('shop/a', { owner: { kind: 'Rollout', name: 'cart' } })] };
    expect(stateOf({ minAvailable: 2 }, rollout, rollout.pods, { expectedPods: 3 })).toMatchObject({
      strength: 3,
      never: undefined,
    });
    expect(stateOf({ maxUnavailable: 0 }, rollout, rollout.pods, { expectedPods: 3 }).never).toBe('at-full-strength');
  });
});

describe('healthy pods', () => {
  test('are Ready and stay', () => {
    const { workloads } = replicas(3);
    const pods = [
      pod('shop/a', { owner: { kind: 'ReplicaSet', name: 'cart-5d' } }),
      pod('shop/b', { owner: { kind: 'ReplicaSet', name: 'cart-5d' }, ready: false }),
      pod('shop/c', { owner: { kind: 'ReplicaSet', name: 'cart-5d' }, deleting: '2026-11-21T02:14:20Z' }),
    ];
    expect(stateOf({ minAvailable: 1 }, { workloads, pods }).healthy).toBe(1);
  });
});

describe('the remedy', () => {
  const told = (spec: PodDisruptionBudget['spec'], wanted: number) => {
    const state = stateOf(spec, replicas(wanted));
    return `${whyNever(state)}. ${remedyFor(state)}.`;
  };

  test('is the smallest scale that helps', () => {
    expect(told({ minAvailable: 2 }, 2)).toBe(
      'PodDisruptionBudget shop/cart allows 0 of 2 to go (minAvailable 2). Scale shop/cart to 3, or lower its budget, or --limit other hosts.',
    );
  });

  test('names no scale where none helps', () => {
    expect(told({ maxUnavailable: 0 }, 2)).toBe(
      'PodDisruptionBudget shop/cart allows 0 of 2 to go (maxUnavailable 0). Lower the budget, or --limit other hosts.',
    );
  });

  test('says what to do about a share that cannot be computed', () => {
    const job = {
      workloads: [],
      pods: [pod('shop/a', { owner: { kind: 'Job', name: 'backup', apiVersion: 'batch/v1' } })],
    };
    const state = stateOf({ maxUnavailable: 1 }, job);
    expect(whyNever(state)).toBe(
      'PodDisruptionBudget shop/cart (maxUnavailable 1) lets no pod go: it covers Job backup, which has no number of replicas to compute it from',
    );
  });

  test('followed, lets the budget admit one; and one replica less would not', () => {
    const spec = fc.oneof(
      fc.record({ minAvailable: fc.integer({ min: 0, max: 8 }) }),
      fc.record({ minAvailable: fc.integer({ min: 0, max: 100 }).map(share => `${share}%`) }),
      fc.record({ maxUnavailable: fc.integer({ min: 0, max: 100 }).map(share => `${share}%`) }),
    );
    fc.assert(
      fc.property(spec, fc.integer({ min: 1, max: 6 }), (wants, wanted) => {
        const [, scaled] = /^Scale shop\/cart to (\d+)/.exec(remedyFor(stateOf(wants, replicas(wanted)))) ?? [];
        if (stateOf(wants, replicas(wanted)).never === undefined || scaled === undefined) return;
        expect(stateOf(wants, replicas(Number(scaled))).never).toBeUndefined();
        expect(stateOf(wants, replicas(Number(scaled) - 1)).never).toBe('at-full-strength');
      }),
    );
  });
});
