import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Node } from '../../../src/cluster/objects.ts';
import type { MaxUnavailable, RolloutSettings } from '../../../src/core/rollout-settings.ts';
import { planRollout, type RolloutPlan } from '../../../src/plan/rollout/plan-rollout.ts';
import type { RolloutHost } from '../../../src/plan/rollout/rollout-host.ts';
import { workersAtOnce } from '../../../src/plan/rollout/unavailable.ts';
import { controlPlane, node, withReady } from '../drain/cluster.ts';

type Settings = Pick<RolloutSettings, 'maxUnavailable' | 'canary' | 'order'>;

const count = (number: number): MaxUnavailable => ({ kind: 'count', count: number });
const percent = (number: number): MaxUnavailable => ({ kind: 'percent', percent: number });
const oneAtATime: Settings = { maxUnavailable: count(1), canary: undefined, order: [] };

interface HostOverrides extends Partial<Omit<RolloutHost, 'host' | 'node'>> {
  readonly ready?: boolean;
  readonly cordonedBy?: 'nodeprep' | 'other' | null;
}

const host = (name: string, { ready = true, cordonedBy = null, ...rest }: HostOverrides = {}): RolloutHost => ({
  host: name,
  role: name.startsWith('cp') ? 'control-plane' : 'worker',
  groups: [],
  disruption: 'drain',
  joined: true,
  node: { name, ready, cordonedBy },
  ...rest,
});

/** The Nodes of these hosts, as the cluster shows them. */
const nodesOf = (hosts: readonly RolloutHost[]): readonly Node[] =>
  hosts.flatMap(({ role, node: answer }) => {
    if (answer === undefined) return [];
    const plain = role === 'control-plane' ? controlPlane(answer.name) : node(answer.name);
    const cordoned = answer.cordonedBy === null ? plain : { ...plain, spec: { ...plain.spec, unschedulable: true } };
    return [answer.ready ? cordoned : withReady(cordoned, 'Unknown')];
  });

const planned = (
  hosts: readonly RolloutHost[],
  settings: Partial<Settings> = {},
  others: readonly RolloutHost[] = [],
): RolloutPlan =>
  planRollout({ hosts, clusterNodes: nodesOf([...hosts, ...others]), settings: { ...oneAtATime, ...settings } });

const batches = (plan: RolloutPlan) => plan.batches.map(({ hosts }) => hosts.join(' '));
const workers = (number: number, overrides: HostOverrides = {}) =>
  Array.from({ length: number }, (_, index) => host(`worker-${index + 1}`, overrides));

describe('a percentage is of the worker Nodes, rounded down, at least one', () => {
  test.each([
    [1, 1, 1],
    [1, 3, 1],
    [1, 10, 1],
    [10, 10, 1],
    [10, 19, 1],
    [10, 20, 2],
    [10, 200, 20],
    [33, 3, 1],
    [33, 10, 3],
    [34, 3, 1],
    [67, 3, 2],
    [100, 1, 1],
    [100, 3, 3],
    [100, 10, 10],
  ])('%i %% of %i: %i', (share, number, expected) => {
    const nodes = nodesOf([...workers(number), host('cp-1'), host('cp-2')]);
    expect(workersAtOnce(percent(share), nodes)).toBe(expected);
  });
});

describe('who goes when', () => {
  test('what disturbs nothing and what is no node yet goes at once', () => {
    const plan = planned([
      host('worker-1', { disruption: 'none' }),
      { ...host('worker-2', { joined: false }), node: undefined },
      host('worker-3'),
    ]);
    expect(plan.immediate).toEqual(['worker-1', 'worker-2']);
    expect(plan.batches).toEqual([{ hosts: ['worker-3'], role: 'worker', kind: 'drain', reason: 'workers' }]);
    expect(plan.atOnce).toEqual({ workers: 1, ofWorkers: 2 });
  });

  test('workers in batches, control planes one at a time and last', () => {
    const plan = planned([host('cp-1'), host('cp-2'), ...workers(5)], { maxUnavailable: count(2) });
    expect(batches(plan)).toEqual(['worker-1 worker-2', 'worker-3 worker-4', 'worker-5', 'cp-1', 'cp-2']);
  });

  test('100 % of the workers is no licence for control planes', () => {
    const plan = planned([host('cp-1'), host('cp-2'), ...workers(3)], { maxUnavailable: percent(100) });
    expect(batches(plan)).toEqual(['worker-1 worker-2 worker-3', 'cp-1', 'cp-2']);
  });

  test('a control plane by its label is one, whatever the inventory says', () => {
    const hosts = [host('cp-1', { role: 'worker' }), ...workers(2)];
    const clusterNodes = [controlPlane('cp-1'), node('worker-1'), node('worker-2')];
    const plan = planRollout({ hosts, clusterNodes, settings: { ...oneAtATime, maxUnavailable: count(3) } });
    expect(batches(plan)).toEqual(['worker-1 worker-2', 'cp-1']);
  });

  test('broken targets first: they cost nothing', () => {
    const plan = planned([
      ...workers(2),
      host('worker-3', { ready: false }),
      host('worker-4', { cordonedBy: 'nodeprep' }),
    ]);
    expect(plan.batches).toEqual([
      { hosts: ['worker-3'], role: 'worker', kind: 'drain', reason: 'broken' },
      { hosts: ['worker-4'], role: 'worker', kind: 'drain', reason: 'broken' },
      { hosts: ['worker-1'], role: 'worker', kind: 'drain', reason: 'workers' },
      { hosts: ['worker-2'], role: 'worker', kind: 'drain', reason: 'workers' },
    ]);
  });

  test('the canary before all healthy ones, alone', () => {
    const hosts = [...workers(4), host('worker-5', { ready: false })];
    const settings = { maxUnavailable: count(3) };
    const named = planned(hosts, { ...settings, canary: { kind: 'hosts', hosts: ['worker-3'] } });
    expect(batches(named)).toEqual(['worker-5', 'worker-3', 'worker-1 worker-2 worker-4']);
    const first = planned(hosts, { ...settings, canary: { kind: 'count', count: 2 } });
    expect(batches(first)).toEqual(['worker-5', 'worker-1', 'worker-2', 'worker-3 worker-4']);
  });

  test('groups in their order, and never two ranks in a batch', () => {
    const hosts = [
      host('worker-1'),
      host('worker-2', { groups: ['edge'] }),
      host('worker-3', { groups: ['test', 'edge'] }),
      host('worker-4', { groups: ['edge'] }),
      host('cp-1', { groups: ['test'] }),
    ];
    const plan = planned(hosts, { maxUnavailable: count(3), order: ['test', 'edge'] });
    expect(batches(plan)).toEqual(['worker-3', 'cp-1', 'worker-2 worker-4', 'worker-1']);
  });

  test('restarts are batched too, apart from drains and before them', () => {
    const plan = planned([host('worker-1'), host('worker-2', { disruption: 'restart' }), host('worker-3')], {
      maxUnavailable: count(3),
    });
    expect(plan.batches).toEqual([
      { hosts: ['worker-2'], role: 'worker', kind: 'restart', reason: 'workers' },
      { hosts: ['worker-1', 'worker-3'], role: 'worker', kind: 'drain', reason: 'workers' },
    ]);
  });
});

describe('nodes that are out of service and not repaired here', () => {
  test('consume the budget', () => {
    const plan = planned(workers(4), { maxUnavailable: count(3) }, [host('worker-9', { ready: false })]);
    expect(batches(plan)).toEqual(['worker-1 worker-2', 'worker-3 worker-4']);
  });

  test('all of it: refused, and they are named', () => {
    const plan = planned(workers(2), {}, [host('worker-9', { ready: false, cordonedBy: 'other' })]);
    expect(plan.batches).toEqual([]);
    expect(plan.problems).toEqual([
      {
        hosts: ['worker-1', 'worker-2'],
        code: 'plan-refused',
        message:
          'maxUnavailable lets 1 worker be out of service at once, and as many are already: worker-9 is not Ready and cordoned',
        hint: 'Bring them back (kubectl uncordon, or repair them with a rollout of their own), or raise rollout.maxUnavailable.',
      },
    ]);
  });

  test('broken targets are repaired all the same', () => {
    const plan = planned([host('worker-1', { ready: false }), host('worker-2')], {}, [
      host('worker-9', { ready: false }),
    ]);
    expect(batches(plan)).toEqual(['worker-1']);
    expect(plan.problems).toMatchObject([{ hosts: ['worker-2'] }]);
  });

  test('so does a target that somebody else cordoned, since it stays so', () => {
    const plan = planned([host('worker-1', { cordonedBy: 'other' }), host('worker-2')]);
    expect(batches(plan)).toEqual(['worker-1']);
    expect(plan.problems).toMatchObject([
      { hosts: ['worker-2'], message: expect.stringContaining('worker-1 is cordoned') },
    ]);
  });

  test('a target that disturbs nothing repairs nothing', () => {
    const plan = planned([host('worker-1', { disruption: 'none', ready: false }), host('worker-2')]);
    expect(plan.problems).toMatchObject([{ hosts: ['worker-2'] }]);
  });

  test('workers do not count for control planes, nor the other way round', () => {
    const plan = planned([host('cp-1'), host('worker-1')], { maxUnavailable: count(1) }, [
      host('worker-9', { ready: false }),
    ]);
    expect(batches(plan)).toEqual(['cp-1']);
    const other = planned([host('cp-1'), host('worker-1')], {}, [host('cp-9', { ready: false })]);
    expect(batches(other)).toEqual(['worker-1']);
    expect(other.problems).toMatchObject([
      { hosts: ['cp-1'], message: 'control planes go one at a time, and one is away already: cp-9 is not Ready' },
    ]);
  });

  test('a broken control plane that is a target is no bar for the others', () => {
    expect(batches(planned([host('cp-1'), host('cp-2', { ready: false })]))).toEqual(['cp-2', 'cp-1']);
  });
});

test('a joined host of which the cluster knows nothing is refused', () => {
  const plan = planned([{ ...host('worker-1'), node: undefined }]);
  expect(plan.problems).toMatchObject([{ hosts: ['worker-1'], code: 'cluster-mismatch' }]);
});

describe('whatever the cluster looks like', () => {
  const anyHost = (name: string) =>
    fc.record({
      host: fc.constant(name),
      role: fc.constant<'control-plane' | 'worker'>(name.startsWith('cp') ? 'control-plane' : 'worker'),
      groups: fc.subarray(['edge', 'test']),
      disruption: fc.constantFrom('none', 'restart', 'drain', 'drain', 'drain'),
      joined: fc.boolean().map(fresh => !fresh || name.startsWith('cp')),
      node: fc.record({
        name: fc.constant(name),
        ready: fc.integer({ min: 0, max: 5 }).map(dice => dice > 0),
        cordonedBy: fc.constantFrom(null, null, null, 'nodeprep' as const, 'other' as const),
      }),
    }) as fc.Arbitrary<RolloutHost>;

  const someHosts = (prefix: string, maxNumber: number) =>
    fc
      .integer({ min: 0, max: maxNumber })
      .chain(number => fc.tuple(...Array.from({ length: number }, (_, index) => anyHost(`${prefix}-${index + 1}`))));

  const someCluster = fc.record({
    targets: fc.tuple(someHosts('worker', 12), someHosts('cp', 3)).map(parts => parts.flat()),
    others: fc.tuple(someHosts('worker-other', 4), someHosts('cp-other', 1)).map(parts => parts.flat()),
    settings: fc.record({
      maxUnavailable: fc.oneof(
        fc.integer({ min: 1, max: 5 }).map(count),
        fc.integer({ min: 1, max: 100 }).map(percent),
      ),
      canary: fc.constantFrom<Settings['canary']>(
        undefined,
        { kind: 'count', count: 1 },
        { kind: 'hosts', hosts: ['worker-2', 'cp-1'] },
      ),
      order: fc.constantFrom([], ['edge'], ['test', 'edge']),
    }),
  });

  const isAway = ({ node: answer }: RolloutHost) =>
    answer !== undefined && (!answer.ready || answer.cordonedBy !== null);

  const check = (predicate: (plan: RolloutPlan, all: readonly RolloutHost[], atOnce: number) => void) =>
    fc.assert(
      fc.property(someCluster, ({ targets, others, settings }) => {
        const all = [...targets, ...others];
        const plan = planned(targets, settings, others);
        predicate(plan, all, workersAtOnce(settings.maxUnavailable, nodesOf(all)));
      }),
      { numRuns: 500 },
    );

  test('every host goes exactly once, or is refused', () => {
    check((plan, all) => {
      const gone = [
        ...plan.immediate,
        ...plan.batches.flatMap(({ hosts }) => hosts),
        ...plan.problems.flatMap(({ hosts }) => hosts),
      ];
      expect(gone.toSorted()).toEqual(
        all
          .map(({ host: name }) => name)
          .filter(name => !name.includes('other'))
          .toSorted(),
      );
    });
  });

  test('never more out of service than the budget, beyond what was before', () => {
    check((plan, all, atOnce) => {
      const byName = new Map(all.map(each => [each.host, each]));
      for (const role of ['worker', 'control-plane'] as const) {
        const limit = role === 'worker' ? atOnce : 1;
        const away = new Set(all.filter(each => each.role === role && isAway(each)).map(({ host: name }) => name));
        for (const { hosts } of plan.batches) {
          const mine = hosts.filter(name => byName.get(name)?.role === role);
          const before = away.size;
          for (const name of mine) away.add(name);
          expect(away.size).toBeLessThanOrEqual(Math.max(limit, before));
          // What was taken comes back, but for the cordons of others.
          for (const name of mine) if (byName.get(name)?.node?.cordonedBy !== 'other') away.delete(name);
        }
      }
    });
  });

  test('control planes and canaries are alone', () => {
    check(({ batches: all }) => {
      for (const { hosts, reason } of all) {
        if (reason === 'canary' || hosts.some(name => name.startsWith('cp'))) expect(hosts).toHaveLength(1);
      }
    });
  });

  test('the order in which the cluster lists its nodes does not matter', () => {
    fc.assert(
      fc.property(someCluster, ({ targets, others, settings }) => {
        const { batches: there } = planned(targets, settings, others);
        expect(planned(targets, settings, others.toReversed()).batches).toEqual(there);
      }),
      { numRuns: 100 },
    );
  });
});
