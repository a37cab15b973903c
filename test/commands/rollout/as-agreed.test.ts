import { describe, expect, test } from 'vitest';
import {
  type AgreedSide,
  agreedLosses,
  clusterToSave,
  refuseBeyondAgreed,
} from '../../../src/commands/rollout/as-agreed.ts';
import type { HostResult } from '../../../src/core/result.ts';
import type { DrainLoss } from '../../../src/core/rollout-settings.ts';
import { judgeDrain } from '../../../src/plan/drain/judge-drain.ts';
import { decodePlan, encodePlan, type SavedPlan } from '../../../src/plan/plan-file.ts';
import { cluster, deployment, node, now, pod } from '../../plan/drain/cluster.ts';

const scratch = { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } };
const facts = cluster(deployment('shop/cart', ['worker-1', 'worker-2'], scratch), { pods: [pod('shop/bare')] });
const accept: readonly DrainLoss[] = ['bare-pods', 'empty-dir'];

/** Hosts a, b, c are worker-1, -2, -3; a and b are drained. */
const side = (over: Partial<typeof facts> = {}, batches = [['a'], ['b']]): AgreedSide => {
  const seen = { ...facts, ...over };
  const names = new Map([
    ['a', 'worker-1'],
    ['b', 'worker-2'],
    ['c', 'worker-3'],
  ]);
  const nodes = new Map([...names].map(([host, name]) => [host, node(name)]));
  const judge = (host: string) => judgeDrain({ node: node(names.get(host) ?? ''), cluster: seen, accept, now });
  return {
    facts: seen,
    plan: {
      cluster: { uid: seen.uid, findings: [], changes: [] },
      nodes,
      judgements: new Map(batches.flat().map(host => [host, judge(host)])),
      rollout: { batches: batches.map(hosts => ({ hosts })) },
    },
  };
};

const savedFrom = (of: AgreedSide | undefined): SavedPlan => {
  const text = encodePlan({
    toolVersion: '0.1.0',
    inventorySha256: 'ab',
    salt: 'f'.repeat(32),
    hosts: ['a', 'b', 'c'].map(host => ({
      address: host,
      plan: { host, changes: [], later: [], refusals: [] },
      accepted: of?.plan.judgements.get(host)?.accepted,
    })),
    cluster: of === undefined ? undefined : clusterToSave(of),
  });
  const decoded = decodePlan(text);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.plan;
};

const results: readonly HostResult[] = ['a', 'b', 'c', 'fresh'].map(host => ({
  ...{ host, address: host, state: 'ok', findings: [], changes: [] },
}));
const saved = savedFrom(side());
const refusals = (now: AgreedSide | undefined, from = saved) =>
  refuseBeyondAgreed(results, now, from).flatMap(({ host, state, error }) =>
    state === 'ok' ? [] : [`${host} ${state} ${error?.code}: ${error?.message}`],
  );

describe('apply of a saved plan in a cluster', () => {
  test('goes on where all is as agreed', () => expect(refusals(side())).toEqual([]));

  test('refuses every node of another cluster, and no host beside it', () => {
    const found = refusals(side({ uid: 'another' }));
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(/^a refused cluster-mismatch: .*cluster-1.*another/);
    expect(found.join()).not.toContain('fresh');
  });

  test('refuses nodes of a cluster that the plan did not know of', () => {
    expect(refusals(side(), savedFrom(undefined))[0]).toMatch(/^a refused plan-stale/);
    expect(refusals(undefined, savedFrom(undefined))).toEqual([]);
  });

  test('refuses a host that was not to be taken out of service', () => {
    expect(refusals(side({}, [['a'], ['b', 'c']]))).toEqual([
      expect.stringMatching(/^c refused guard-mismatch: the node would be taken out of service/),
    ]);
  });

  test('refuses to lose a pod that was not in the plan, though its kind is accepted', () => {
    const found = refusals(side({ pods: [...facts.pods, pod('shop/later', { on: 'worker-2' })] }));
    expect(found).toEqual([expect.stringMatching(/^b refused drain-infeasible: .*worker-2/)]);
    expect(found[0]).toContain('shop/later came after the plan');
  });

  test('takes a pod that moved to another node of the plan for the one that was seen', () => {
    const moved = pod('shop/cart-5d-9', { ...scratch, on: 'worker-2', owner: { kind: 'ReplicaSet', name: 'cart-5d' } });
    expect(refusals(side({ pods: [...facts.pods, moved] }))).toEqual([]);
  });
});

test('what may be lost is what was saved, not what is there now', () => {
  const later = side({ pods: [...facts.pods, pod('shop/later')] });
  const pods = (from: SavedPlan | undefined) =>
    agreedLosses(later, from)
      .flatMap(({ accepted }) => accepted)
      .map(({ pod: name }) => name);
  expect(pods(undefined)).toContain('shop/later');
  expect(pods(saved)).toContain('shop/bare');
  expect(pods(saved)).not.toContain('shop/later');
});
