import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../../../src/cluster/objects.ts';
import { judgeControlPlane } from '../../../src/plan/rollout/control-plane.ts';
import { controlPlane, node, pod, withReady } from '../drain/cluster.ts';

const mirror = (component: string, on: string, ready = true): Pod =>
  pod(`kube-system/${component}-${on}`, {
    on,
    ready,
    labels: { component, tier: 'control-plane' },
    annotations: { 'kubernetes.io/config.mirror': 'a1' },
    owner: { kind: 'Node', name: on, apiVersion: 'v1' },
  });

const both = (on: string, ready = true): readonly Pod[] => [
  mirror('etcd', on, ready),
  mirror('kube-apiserver', on, ready),
];

const judged = (
  pods: readonly Pod[],
  allowApiOutage = false,
  nodes: readonly Node[] = ['cp-1', 'cp-2', 'cp-3'].map(controlPlane),
) => judgeControlPlane({ node: 'cp-1', cluster: { nodes, pods }, allowApiOutage });

const free = { refusals: [], takesApiDown: false };
const told = (pods: readonly Pod[], nodes?: readonly Node[]) =>
  judged(pods, false, nodes).refusals.map(({ message }) => message);

describe('a control plane may go', () => {
  test('of three, all healthy', () =>
    expect(judged(['cp-1', 'cp-2', 'cp-3'].flatMap(each => both(each)))).toEqual(free));

  test('that is the unhealthy one itself', () => {
    expect(judged([...both('cp-1', false), ...both('cp-2'), ...both('cp-3')])).toEqual(free);
  });

  test('with etcd elsewhere and another API server', () => {
    expect(judged([mirror('kube-apiserver', 'cp-1'), mirror('kube-apiserver', 'cp-2')])).toEqual(free);
  });

  test('where the control plane does not run as static pods', () => {
    expect(judged([pod('kube-system/etcd-cp-1', { on: 'cp-1' })])).toEqual(free);
  });

  test('a worker, whatever the control planes are like', () => {
    const pods = [...both('cp-2', false), ...both('cp-3')];
    expect(judged(pods, false, [node('cp-1'), controlPlane('cp-2'), controlPlane('cp-3')])).toEqual(free);
  });
});

describe('a control plane may not go', () => {
  test('while another member of etcd is unhealthy, whatever was allowed', () => {
    const pods = [...both('cp-1'), ...both('cp-2'), mirror('etcd', 'cp-3', false), mirror('kube-apiserver', 'cp-3')];
    expect(judged(pods, true)).toMatchObject({
      refusals: [
        { code: 'plan-refused', message: 'cp-1 runs an etcd member, and not all others are healthy: etcd-cp-3' },
      ],
    });
  });

  test('of two: one member of etcd is no quorum', () => {
    expect(told([...both('cp-1'), ...both('cp-2')])).toEqual([
      'stopping the static pods of cp-1 takes the API of the cluster down: it runs one of 2 etcd members, and 1 without it are no quorum (2 are needed)',
    ]);
  });

  test('with the only etcd', () => {
    expect(told(both('cp-1'))).toEqual([
      'stopping the static pods of cp-1 takes the API of the cluster down: it runs the only etcd member',
    ]);
  });

  test('with the only API server', () => {
    expect(told([mirror('kube-apiserver', 'cp-1')])).toEqual([
      'stopping the static pods of cp-1 takes the API of the cluster down: it runs the only kube-apiserver',
    ]);
  });

  test('while no other API server answers', () => {
    const servers = [mirror('kube-apiserver', 'cp-1'), mirror('kube-apiserver', 'cp-2', false)];
    expect(told(servers)).toEqual([
      'stopping the static pods of cp-1 takes the API of the cluster down: no other kube-apiserver is Ready (kube-apiserver-cp-2)',
    ]);
    const onDeadNode = [mirror('kube-apiserver', 'cp-1'), mirror('kube-apiserver', 'cp-2')];
    expect(told(onDeadNode, [controlPlane('cp-1'), withReady(controlPlane('cp-2'), 'Unknown')])).toHaveLength(1);
  });

  test('unless the outage is allowed, and then that is known', () => {
    expect(judged(both('cp-1'), true)).toEqual({ refusals: [], takesApiDown: true });
    expect(judged([...both('cp-1'), ...both('cp-2')], true)).toEqual({ refusals: [], takesApiDown: true });
  });

  test.each([
    [1, false],
    [2, false],
    [3, true],
    [4, true],
    [5, true],
  ])('quorum without one of %i members: %s', (members, may) => {
    const names = Array.from({ length: members }, (_, index) => `cp-${index + 1}`);
    expect(told(names.map(name => mirror('etcd', name)))).toHaveLength(may ? 0 : 1);
  });
});
