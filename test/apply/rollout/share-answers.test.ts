import { expect, it } from 'vitest';
import { settleWorkloads } from '../../../src/apply/rollout/settle-workloads.ts';
import { sharingAnswers } from '../../../src/apply/rollout/share-answers.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { fakeClock, fakeCluster, workload } from './fake-cluster.ts';

const nodesOfABatch = 20;

it('asks once for the workloads that all nodes of a batch wait for', async () => {
  const { cluster } = fakeCluster({ workloads: [workload('cart', 2, 2)] });
  let asked = 0;
  const counted: Cluster = {
    ...cluster,
    workloads: async () => {
      asked += 1;
      await new Promise(resolve => setImmediate(resolve));
      return cluster.workloads();
    },
  };
  const shared = sharingAnswers(counted);
  const before = workload('cart', 2, 2);
  const left = await Promise.all(
    Array.from({ length: nodesOfABatch }, () =>
      settleWorkloads(new Map([[before.metadata.uid, before]]), {
        cluster: shared,
        timeoutMs: 1_000,
        clock: fakeClock(),
        signal: new AbortController().signal,
      }),
    ),
  );
  expect(left).toEqual(Array.from({ length: nodesOfABatch }, () => []));
  // One for whoever came first, one for all who came while it was under way.
  expect(asked).toBe(2);
});
