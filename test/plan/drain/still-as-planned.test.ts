import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/objects.ts';
import type { DrainLoss } from '../../../src/core/rollout-settings.ts';
import { judgeDrain } from '../../../src/plan/drain/judge-drain.ts';
import { stillAsPlanned } from '../../../src/plan/drain/still-as-planned.ts';
import { budget, cluster, deployment, node, now, pod } from './cluster.ts';

const judged = (
  facts: ReturnType<typeof cluster>,
  accept: readonly DrainLoss[] = ['bare-pods', 'empty-dir'],
  on = 'worker-1',
) => judgeDrain({ node: node(on), cluster: facts, accept, now });

const scratch = { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } };
const planned = [
  judged(cluster(deployment('shop/cart', ['worker-1', 'worker-2'], scratch), { pods: [pod('shop/bare')] })),
];

const again = (pods: readonly Pod[], accept?: readonly DrainLoss[], on?: string) =>
  stillAsPlanned(planned, judged(cluster({ ...deployment('shop/cart', []), pods }), accept, on)).map(
    ({ reason }) => reason,
  );

const replacement = (on: string) =>
  pod('shop/cart-5d-9', { ...scratch, on, owner: { kind: 'ReplicaSet', name: 'cart-5d' } });

describe('before a node is drained', () => {
  test('the pods of the plan may go', () => expect(again([pod('shop/bare')])).toEqual([]));

  test('what their controllers put in their place may go too, also from another node', () => {
    expect(again([replacement('worker-1')])).toEqual([]);
    expect(again([replacement('worker-2')], undefined, 'worker-2')).toEqual([]);
  });

  test('a pod that loses nothing may have come meanwhile', () => {
    expect(again([pod('shop/new', { owner: { kind: 'Job', name: 'backup' } })])).toEqual([]);
  });

  test('what was accepted is not accepted for pods that came later', () => {
    expect(again([pod('shop/other')])).toEqual([
      'shop/other came after the plan, and bare-pods was accepted for the pods in it only',
    ]);
    expect(again([pod('shop/new', { ...scratch, owner: { kind: 'Job', name: 'backup' } })])).toEqual([
      'shop/new came after the plan, and empty-dir was accepted for the pods in it only',
    ]);
  });

  test('the same name with another uid is another pod', () => {
    const reborn = pod('shop/bare');
    expect(again([{ ...reborn, metadata: { ...reborn.metadata, uid: 'other' } }])).toHaveLength(1);
  });

  test('a new blocker refuses', () => {
    const blocked = judged(
      cluster(deployment('shop/cart', ['worker-1', 'worker-2'], scratch), {
        budgets: [budget('shop/cart', { minAvailable: 2 }, 0)],
      }),
    );
    expect(stillAsPlanned(planned, blocked)).toMatchObject([{ kind: 'budget' }]);
  });
});
