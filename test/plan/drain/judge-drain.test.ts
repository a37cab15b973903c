import { describe, expect, test } from 'vitest';
import type { ClusterFacts } from '../../../src/cluster/cluster-facts.ts';
import type { Node, Pod, Volume } from '../../../src/cluster/objects.ts';
import type { DrainLoss } from '../../../src/core/rollout-settings.ts';
import { judgeDrain } from '../../../src/plan/drain/judge-drain.ts';
import {
  budget,
  cluster,
  controlPlane,
  deployment,
  hostnames,
  localVolume,
  node,
  now,
  pod,
  withReady,
  workload,
} from './cluster.ts';

const judged = (facts: ClusterFacts, accept: readonly DrainLoss[] = [], on: Node | undefined = facts.nodes[0]) => {
  if (on === undefined) throw new Error('a cluster without nodes');
  return judgeDrain({ node: on, cluster: facts, accept, now });
};

const verdicts = (facts: ClusterFacts, accept: readonly DrainLoss[] = []) =>
  Object.fromEntries(judged(facts, accept).answer.pods.map(({ name, verdict }) => [name, verdict]));

const owner = { kind: 'ReplicaSet', name: 'cart-5d' };
const of = (spec: Partial<Pod['spec']>) => cluster({ pods: [pod('shop/cart-1', { owner, spec })] });
const withVolume = (volume: Omit<Volume, 'name'>) => of({ volumes: [{ name: 'data', ...volume }] });

test('a node without pods is drained at once', () => {
  expect(judged(cluster())).toEqual({
    node: 'worker-1',
    answer: { feasible: true, pods: [] },
    blockers: [],
    waits: [],
    warnings: [],
    moving: [],
    accepted: [],
    estimateSeconds: 0,
    areEvictionsAwaited: true,
  });
});

test('pods of other nodes do not matter', () => {
  expect(
    verdicts(cluster({ pods: [pod('shop/a', { on: 'worker-2' }), pod('shop/b', { on: 'worker-1', owner })] })),
  ).toEqual({
    b: 'move',
  });
});

describe('what stays', () => {
  const daemon = { kind: 'DaemonSet', name: 'proxy' };
  test.each([
    ['of a DaemonSet', { owner: daemon }, 'stay'],
    ['of a DaemonSet that is gone', { owner: { ...daemon, name: 'gone' } }, 'block'],
    ['of a DaemonSet of another group', { owner: { ...daemon, apiVersion: 'apps.kruise.io/v1alpha1' } }, 'move'],
    ['static', { annotations: { 'kubernetes.io/config.mirror': 'a1' } }, 'stay'],
    ['completed', { phase: 'Succeeded' }, 'stay'],
    ['failed', { phase: 'Failed', owner }, 'stay'],
  ] as const)('%s: %s', (_, overrides, verdict) => {
    const facts = cluster({ pods: [pod('shop/x', overrides)], workloads: [workload('DaemonSet', 'shop/proxy', 3)] });
    expect(verdicts(facts)).toEqual({ x: verdict });
  });

  test('and why is said', () => {
    const facts = cluster({
      pods: [pod('shop/x', { owner: daemon })],
      workloads: [workload('DaemonSet', 'shop/proxy', 3)],
    });
    expect(judged(facts).answer.pods[0]?.reason).toBe('of DaemonSet shop/proxy, which runs on every node');
  });
});

describe('what would be lost', () => {
  const facts = cluster(
    { pods: [pod('shop/bare'), pod('shop/scratch', { owner, spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } })] },
    {
      pods: [pod('shop/db', { owner, spec: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'd' } }] } })],
      claims: [{ metadata: { namespace: 'shop', name: 'd', uid: 'd' }, spec: { volumeName: 'pv-1' } }],
      volumes: [localVolume('pv-1', 'worker-1')],
    },
  );

  test.each([
    [[], { bare: 'block', scratch: 'block', db: 'block' }],
    [['bare-pods'], { bare: 'move', scratch: 'block', db: 'block' }],
    [['empty-dir'], { bare: 'block', scratch: 'move', db: 'block' }],
    [['local-volumes'], { bare: 'block', scratch: 'block', db: 'move' }],
    [['bare-pods', 'empty-dir', 'local-volumes'], { bare: 'move', scratch: 'move', db: 'move' }],
  ] as const)('accepting %j accepts no other kind', (accept, expected) => {
    expect(verdicts(facts, accept)).toEqual(expected);
  });

  test('every blocker names its pods, what is wrong and what to do', () => {
    expect(judged(facts).blockers).toEqual([
      {
        kind: 'bare-pods',
        pods: ['shop/bare'],
        reason: 'nothing brings back pods without a controller',
        remedy:
          'Run them under a controller, or accept their loss: --force-drain bare-pods (or rollout.drain.accept: [bare-pods])',
      },
      {
        kind: 'local-volumes',
        pods: ['shop/db'],
        reason: 'the data of PersistentVolume pv-1 lies on this node only',
        remedy:
          'Move that data, or accept that it cannot be reached until the node is back: --force-drain local-volumes (or rollout.drain.accept: [local-volumes])',
      },
      {
        kind: 'empty-dir',
        pods: ['shop/scratch'],
        reason: 'what is in an emptyDir volume is deleted with its pod',
        remedy: 'Where that data may go, accept it: --force-drain empty-dir (or rollout.drain.accept: [empty-dir])',
      },
    ]);
  });

  test('what was accepted is told of each pod', () => {
    const { accepted, answer } = judged(facts, ['bare-pods', 'empty-dir', 'local-volumes']);
    expect(accepted.map(({ loss, pod: name }) => `${loss} ${name}`)).toEqual([
      'bare-pods shop/bare',
      'local-volumes shop/db',
      'empty-dir shop/scratch',
    ]);
    expect(answer.pods.map(({ reason }) => reason)).toEqual([
      'no controller, accepted',
      'PersistentVolume pv-1 lies on this node, accepted',
      'emptyDir tmp, accepted',
    ]);
  });

  test('a pod with two faults has both', () => {
    const both = cluster({ pods: [pod('shop/x', { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } })] });
    expect(judged(both).blockers.map(({ kind }) => kind)).toEqual(['bare-pods', 'empty-dir']);
    expect(judged(both, ['bare-pods']).answer.pods[0]).toMatchObject({ verdict: 'block', reason: 'emptyDir tmp' });
  });

  test('a pod that somebody has deleted already is lost without us', () => {
    const leaving = cluster({ pods: [pod('shop/x', { deleting: '2026-11-21T02:14:10Z' })] });
    expect(judged(leaving)).toMatchObject({
      answer: { feasible: true, pods: [{ verdict: 'move', reason: 'is being deleted already' }] },
      estimateSeconds: 10,
    });
  });
});

describe('volumes', () => {
  const claimed = (volume: ClusterFacts['volumes'][number]['spec']) => ({
    ...withVolume({ persistentVolumeClaim: { claimName: 'data' } }),
    claims: [{ metadata: { namespace: 'shop', name: 'data', uid: 'c' }, spec: { volumeName: 'pv-1' } }],
    volumes: [{ metadata: { name: 'pv-1', uid: 'v' }, spec: volume }],
  });

  test.each([
    ['a network volume', claimed({}), 'move'],
    [
      'a volume of another zone is no bar',
      claimed({ nodeAffinity: { required: hostnames(['worker-1', 'worker-2']) } }),
      'move',
    ],
    [
      'a volume that only this node can mount',
      claimed({ nodeAffinity: { required: hostnames(['worker-1']) } }),
      'block',
    ],
    ['a directory of the node as PersistentVolume', claimed({ hostPath: { path: '/srv' } }), 'block'],
    ['a claim that is not bound', withVolume({ persistentVolumeClaim: { claimName: 'none' } }), 'move'],
    ['an ephemeral claim', withVolume({ ephemeral: {} }), 'move'],
    ['emptyDir in memory', withVolume({ emptyDir: { medium: 'Memory' } }), 'block'],
    ['hostPath', withVolume({ hostPath: { path: '/srv/data' } }), 'move'],
  ])('%s: %s', (_, facts, verdict) => expect(verdicts(facts)).toEqual({ 'cart-1': verdict }));

  test.each([
    ['/srv/data', 1],
    ['/var/lib/postgres', 1],
    ['/data', 1],
    ['/etcd-data', 1],
    ['/', 0],
    ['/var/run/docker.sock', 0],
    ['/run/containerd/containerd.sock', 0],
    ['/etc/localtime', 0],
    ['/dev', 0],
    ['/var/log', 0],
    ['/var/lib/kubelet/plugins', 0],
    ['/lib/modules', 0],
  ])('hostPath %s may hold data: %i warnings', (path, count) => {
    expect(judged(withVolume({ hostPath: { path } })).warnings).toHaveLength(count);
  });
});

describe('budgets', () => {
  const cart = deployment('shop/cart', ['worker-1', 'worker-2']);

  test('one that can never allow blocks, with the remedy', () => {
    expect(judged(cluster(cart, { budgets: [budget('shop/cart', { minAvailable: 2 }, 0)] }))).toMatchObject({
      answer: { feasible: false, pods: [{ name: 'cart-5d-1', verdict: 'block' }] },
      blockers: [
        {
          kind: 'budget',
          pods: ['shop/cart-5d-1'],
          reason: 'PodDisruptionBudget shop/cart allows 0 of 2 to go (minAvailable 2)',
          remedy: 'Scale shop/cart to 3, or lower its budget, or --limit other hosts',
        },
      ],
    });
  });

  test('also where a rollout of the workload lets one go at the moment', () => {
    const surge = { ...deployment('shop/cart', ['worker-1', 'worker-2', 'worker-3'], { wanted: 2 }) };
    expect(judged(cluster(surge, { budgets: [budget('shop/cart', { minAvailable: 2 }, 1)] })).answer.feasible).toBe(
      false,
    );
  });

  test('one that is at zero now is waited for', () => {
    const cause = 'PodDisruptionBudget shop/cart lets none go now, 2 of 3 are healthy and it keeps 2';
    const third = pod('shop/cart-5d-3', { owner, labels: { app: 'cart' }, on: 'worker-3', ready: false });
    const facts = cluster(
      { workloads: deployment('shop/cart', [], { wanted: 3 }).workloads, pods: [...cart.pods, third] },
      { budgets: [budget('shop/cart', { minAvailable: 2 }, 0)] },
    );
    expect(judged(facts)).toMatchObject({
      answer: { feasible: true, pods: [{ verdict: 'move', reason: `waits: ${cause}` }] },
      blockers: [],
      waits: [
        {
          pods: ['shop/cart-5d-1'],
          reason: cause,
        },
      ],
    });
  });

  test('one that has not been counted yet is waited for', () => {
    expect(judged(cluster(cart, { budgets: [budget('shop/cart', { minAvailable: 1 })] })).waits).toHaveLength(1);
  });

  test('two on one pod block: the API answers 500', () => {
    const two = [
      budget('shop/cart', { minAvailable: 1 }, 1),
      budget('shop/all', { selector: {}, maxUnavailable: 1 }, 1),
    ];
    expect(judged(cluster(cart, { budgets: two })).blockers).toMatchObject([
      {
        kind: 'budgets-overlap',
        reason:
          'PodDisruptionBudgets shop/all and shop/cart cover the same pods, and the API evicts no pod that has more than one',
      },
    ]);
  });

  test('of another namespace do not count', () => {
    const other = budget('bank/cart', { minAvailable: 2 }, 0);
    expect(judged(cluster(cart, { budgets: [other] })).answer.feasible).toBe(true);
  });

  test.each([
    ['no selector selects nothing', undefined, true],
    ['an empty one selects everything', {}, false],
    ['In', { matchExpressions: [{ key: 'app', operator: 'In', values: ['cart', 'x'] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['cart'] }] }, true],
    [
      'NotIn of a label that is not there',
      { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] },
      false,
    ],
    ['Exists', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, false],
    ['DoesNotExist', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, true],
    [
      'labels and expressions are both needed',
      { matchLabels: { app: 'cart' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] },
      true,
    ],
  ])('selector: %s', (_, selector, feasible) => {
    const { selector: _default, ...spec } = budget('shop/cart', { minAvailable: 2 }).spec;
    const whole = { ...budget('shop/cart', {}, 0), spec: selector === undefined ? spec : { ...spec, selector } };
    expect(judged(cluster(cart, { budgets: [whole] })).answer.feasible).toBe(feasible);
  });

  describe('do not hold what eviction does not ask them about', () => {
    const never = [budget('shop/cart', { minAvailable: 2 }, 0)];
    const one = (overrides: Parameters<typeof pod>[1], budgets = never) =>
      judged(
        cluster(
          {
            workloads: cart.workloads,
            pods: [pod('shop/cart-5d-1', { owner, labels: { app: 'cart' }, ...overrides })],
          },
          { budgets },
        ),
      ).answer.feasible;

    test.each([
      ['a pod that runs', {}, false],
      ['a pending pod', { phase: 'Pending', ready: false }, true],
      ['a pod that is leaving', { deleting: '2026-11-21T02:14:10Z' }, true],
      ['an unhealthy pod while too few are healthy', { ready: false }, false],
    ])('%s', (_, overrides, feasible) => expect(one(overrides)).toBe(feasible));

    test('an unhealthy pod whose budget says AlwaysAllow', () => {
      const always = budget('shop/cart', { minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 0);
      expect(one({ ready: false }, [always])).toBe(true);
      expect(one({}, [always])).toBe(false);
    });

    test('an unhealthy pod while enough are healthy', () => {
      const surge = cluster(
        {
          workloads: cart.workloads,
          pods: cart.pods.map(each => ({ ...each, spec: { ...each.spec, nodeName: 'worker-2' } })),
        },
        { pods: [pod('shop/cart-5d-3', { owner, labels: { app: 'cart' }, ready: false })] },
        { budgets: never },
      );
      expect(judged(surge).answer.feasible).toBe(true);
    });
  });
});

describe('where moving pods go', () => {
  const moves = (spec: Partial<Pod['spec']>, nodes: readonly Node[], requests?: Record<string, string>) =>
    judged(cluster({ nodes, pods: [pod('shop/cart-1', { owner, spec, ...(requests ? { requests } : {}) })] }));
  const ssd = { labels: { disk: 'ssd' } };
  const tainted = { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] };

  test.each([
    [
      'nodeSelector that another node meets',
      { nodeSelector: { disk: 'ssd' } },
      [node('worker-1', ssd), node('worker-2', ssd)],
      true,
    ],
    [
      'nodeSelector that no other meets',
      { nodeSelector: { disk: 'ssd' } },
      [node('worker-1', ssd), node('worker-2')],
      false,
    ],
    [
      'pinned by name',
      { nodeSelector: { 'kubernetes.io/hostname': 'worker-1' } },
      [node('worker-1'), node('worker-2')],
      false,
    ],
    ['a taint that is not tolerated', {}, [node('worker-1'), node('worker-2', tainted)], false],
    [
      'a taint that is tolerated',
      { tolerations: [{ key: 'dedicated', operator: 'Exists' }] },
      [node('worker-1'), node('worker-2', tainted)],
      true,
    ],
    [
      'tolerated by value',
      { tolerations: [{ key: 'dedicated', value: 'gpu' }] },
      [node('worker-1'), node('worker-2', tainted)],
      true,
    ],
    [
      'another value',
      { tolerations: [{ key: 'dedicated', value: 'cpu' }] },
      [node('worker-1'), node('worker-2', tainted)],
      false,
    ],
    [
      'PreferNoSchedule is no bar',
      {},
      [node('worker-1'), node('worker-2', { taints: [{ key: 'a', effect: 'PreferNoSchedule' }] })],
      true,
    ],
    ['a control plane takes no workers’ pods', {}, [node('worker-1'), controlPlane('cp-1')], false],
    [
      'a node that is cordoned now',
      {},
      [
        node('worker-1'),
        node('worker-2', {
          unschedulable: true,
          taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
        }),
      ],
      true,
    ],
    ['a node that is not Ready now', {}, [node('worker-1'), withReady(node('worker-2'), 'Unknown')], true],
    ['no other node at all', {}, [node('worker-1')], false],
  ])('%s', (_, spec, nodes, feasible) => expect(moves(spec, nodes).answer.feasible).toBe(feasible));

  test.each([
    ['4', true],
    ['4001m', false],
  ])('requests of %s CPUs against 4 of an empty node', (cpu, feasible) => {
    expect(moves({}, [node('worker-1'), node('worker-2')], { cpu }).answer.feasible).toBe(feasible);
  });

  test('a resource that no other node has', () => {
    expect(moves({}, [node('worker-1'), node('worker-2')], { 'example.com/gpu': '1' }).blockers).toMatchObject([
      { kind: 'no-node', reason: 'no other node could ever take it: not enough example.com/gpu in all (1 node)' },
    ]);
  });

  describe('is told with what takes it out of the way', () => {
    const remedies = (facts: ClusterFacts) =>
      judged(facts, ['bare-pods']).blockers.map(({ kind, pods, remedy }) => ({ kind, pods, remedy }));

    test('each workload with its own command, where there is no other node', () => {
      const cart = deployment('shop/cart', ['worker-1', 'worker-1']);
      const facts = cluster({ nodes: [node('worker-1')] }, cart, deployment('shop/web', ['worker-1']));
      expect(remedies(facts)).toEqual([
        {
          kind: 'no-node',
          pods: ['shop/cart-5d-1', 'shop/cart-5d-2'],
          remedy: 'Add a node, or scale shop/cart to 0 for the time (it has 2)',
        },
        {
          kind: 'no-node',
          pods: ['shop/web-5d-1'],
          remedy: 'Add a node, or scale shop/web to 0 for the time (it has 1)',
        },
      ]);
    });

    test.each<[string, Pod, string]>([
      [
        'a bare pod, though its loss is accepted',
        pod('shop/alone', { spec: { nodeSelector: { disk: 'ssd' } } }),
        'delete shop/alone for the time and create it again',
      ],
      [
        'a pod of somebody else',
        pod('shop/job-1', { spec: { nodeSelector: { disk: 'ssd' } }, owner: { kind: 'Job', name: 'job' } }),
        'wait for Job shop/job or stop it for the time',
      ],
    ])('%s, where others do not fit', (_, one, words) => {
      expect(remedies(cluster({ nodes: [node('worker-1', ssd), node('worker-2')], pods: [one] }))).toMatchObject([
        { remedy: `Let another node take it (label, taint, size), ${words}, or --limit other hosts` },
      ]);
    });
  });

  test('required node affinity: terms are alternatives, fields count', () => {
    const affinity = (names: readonly string[]) => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: names.map(name => ({
              matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }],
            })),
          },
        },
      },
    });
    const nodes = [node('worker-1'), node('worker-2')];
    expect(moves(affinity(['worker-1', 'worker-2']), nodes).answer.feasible).toBe(true);
    expect(moves(affinity(['worker-1']), nodes).answer.feasible).toBe(false);
  });

  test('a full node is warned of, not refused', () => {
    const facts = cluster({
      nodes: [node('worker-1'), node('worker-2')],
      pods: [
        pod('shop/a', { owner, requests: { cpu: '2' } }),
        pod('shop/b', { owner, requests: { cpu: '2' } }),
        pod('shop/there', { owner, requests: { cpu: '1' }, on: 'worker-2' }),
        pod('shop/done', { phase: 'Succeeded', requests: { cpu: '3' }, on: 'worker-2' }),
      ],
    });
    expect(judged(facts)).toMatchObject({
      answer: { feasible: true },
      warnings: [
        { pods: ['shop/b'], reason: 'no room on another node now (not enough cpu), Pending until there is some' },
      ],
    });
  });

  test.each([
    ['host port', { ports: [{ hostPort: 443 }] }, 'host port TCP/443 is taken'],
    [
      'anti-affinity',
      {
        labels: { app: 'cart' },
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: { app: 'cart' } }, topologyKey: 'kubernetes.io/hostname' },
              ],
            },
          },
        },
      },
      'pod anti-affinity',
    ],
  ])('%s that is taken everywhere is warned of', (_, overrides, reason) => {
    const facts = (on: readonly string[]) => cluster(deployment('shop/cart', on, overrides));
    expect(judged(facts(['worker-1', 'worker-2', 'worker-3'])).warnings).toEqual([
      { pods: ['shop/cart-5d-1'], reason: `no room on another node now (${reason}), Pending until there is some` },
    ]);
    expect(judged(facts(['worker-1', 'worker-2'])).warnings).toEqual([]);
  });

  test('nodes of the same batch give no room', () => {
    const facts = cluster({ nodes: [node('worker-1'), node('worker-2')], pods: [pod('shop/a', { owner })] });
    const [first] = facts.nodes;
    if (first === undefined) throw new Error('no node');
    expect(judgeDrain({ node: first, cluster: facts, accept: [], now, away: ['worker-2'] }).warnings).toMatchObject([
      { pods: ['shop/a'] },
    ]);
  });
});

describe('a node whose kubelet is dead', () => {
  const dead = [withReady(node('worker-1'), 'Unknown'), node('worker-2')];
  const cart = deployment('shop/cart', ['worker-1', 'worker-2']);

  test('is not held by budgets, and nothing is waited for', () => {
    const facts = cluster({ nodes: dead }, cart, { budgets: [budget('shop/cart', { minAvailable: 2 }, 0)] });
    expect(judged(facts)).toMatchObject({
      answer: { feasible: true },
      waits: [],
      estimateSeconds: 0,
      areEvictionsAwaited: false,
    });
  });

  test('still loses nothing that nobody agreed to lose', () => {
    const facts = cluster({ nodes: dead, pods: [pod('shop/bare')] });
    expect(judged(facts).blockers).toMatchObject([{ kind: 'bare-pods' }]);
  });
});

describe('the estimate', () => {
  const grace = (seconds: number) => ({ spec: { terminationGracePeriodSeconds: seconds } });

  test.each([
    [
      'pods go at once, the longest counts',
      cluster({ pods: [pod('shop/a', { owner, ...grace(5) }), pod('shop/b', { owner, ...grace(60) })] }),
      60,
    ],
    ['30 s where none is named', cluster({ pods: [pod('shop/a', { owner })] }), 30],
    [
      'a budget of one at a time makes waves',
      cluster(deployment('shop/cart', ['worker-1', 'worker-1', 'worker-1', 'worker-2'], grace(20)), {
        budgets: [budget('shop/cart', { maxUnavailable: 1 }, 1)],
      }),
      80,
    ],
    [
      'two at a time make fewer',
      cluster(deployment('shop/cart', ['worker-1', 'worker-1', 'worker-1', 'worker-2'], grace(20)), {
        budgets: [budget('shop/cart', { maxUnavailable: 2 }, 2)],
      }),
      50,
    ],
  ])('%s', (_, facts, seconds) => expect(judged(facts).estimateSeconds).toBe(seconds));
});

test('what moves is named with its uid, its grace and who brings it back', () => {
  expect(judged(cluster(deployment('shop/cart', ['worker-1']))).moving).toEqual([
    {
      namespace: 'shop',
      name: 'cart-5d-1',
      uid: 'uid-shop/cart-5d-1',
      graceSeconds: 30,
      controllerUid: 'uid-shop/cart',
    },
  ]);
});
