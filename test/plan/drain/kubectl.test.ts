import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/objects.ts';
import type { DrainLoss } from '../../../src/core/rollout-settings.ts';
import { judgeDrain } from '../../../src/plan/drain/judge-drain.ts';
import { cluster, node, now, workload } from './cluster.ts';

type Answer = 'evict' | 'skip' | 'error';

const recorded = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/drain/${name}`, import.meta.url), 'utf8')) as T;

const { pods } = recorded<{ readonly pods: readonly Pod[] }>('pods.json');
const answers = recorded<Readonly<Record<string, Readonly<Record<string, Answer>>>>>('kubectl-1.34.json');

const accepting: Readonly<Record<string, readonly DrainLoss[]>> = {
  '': [],
  force: ['bare-pods'],
  'delete-emptydir-data': ['empty-dir'],
  'force,delete-emptydir-data': ['bare-pods', 'empty-dir'],
};

/** Where we mean to differ, whatever the flags. */
const differ: Readonly<Record<string, string>> = {
  // Nothing of a completed pod runs, so nothing has to move; kubectl deletes its record.
  'shop/bare-completed': 'stay',
  'shop/bare-failed-empty-dir': 'stay',
  'shop/replicated-completed': 'stay',
  'shop/daemon-completed': 'stay',
  // Somebody has deleted it already: it is gone whether we drain or not.
  'shop/leaving-bare': 'move',
};

const ours = { evict: 'move', skip: 'stay', error: 'block' } as const;

/** kubectl stops at the first filter that objects; a static pod is skipped before its volumes are looked at. */
const verdictOf = (pod: Pod, accept: readonly DrainLoss[]) =>
  judgeDrain({
    node: node('worker-1'),
    cluster: cluster({
      pods: [pod],
      workloads: [workload('DaemonSet', 'shop/proxy', 3), workload('ReplicaSet', 'shop/cart-5d', 1)],
    }),
    accept,
    now,
  }).answer.pods[0]?.verdict;

describe.each(Object.keys(answers))('kubectl drain with flags "%s"', flags => {
  test.each(pods.map(pod => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod] as const))('%s', (name, pod) => {
    const answer = answers[flags]?.[name];
    if (answer === undefined) throw new Error(`kubectl was not asked about ${name}`);
    expect(verdictOf(pod, accepting[flags] ?? [])).toBe(differ[name] ?? ours[answer]);
  });
});

test('every flag is compared, and every exception is about a pod that is there', () => {
  expect(Object.keys(answers).toSorted()).toEqual(Object.keys(accepting).toSorted());
  const names = pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  expect(Object.keys(differ).filter(name => !names.includes(name))).toEqual([]);
});
