import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterFacts } from '../../src/cluster/cluster-facts.ts';
import { openLocalKubectl } from '../../src/cluster/local-kubectl.ts';
import { openCluster } from '../../src/cluster/open-cluster.ts';
import type { DrainLoss } from '../../src/core/rollout-settings.ts';
import { indexCluster } from '../../src/plan/drain/cluster-index.ts';
import { judgeDrain } from '../../src/plan/drain/judge-drain.ts';
import type { DrainJudgement } from '../../src/plan/drain/judgement.ts';
import {
  barePod,
  bootCluster,
  budget,
  daemonSet,
  deployment,
  type LabCluster,
  type Manifest,
  requireClusterLab,
} from '../lab/cluster/index.ts';

const reason = requireClusterLab();

const emptyDir = { volumes: [{ name: 'tmp', emptyDir: {} }] };
/** Nothing listens in these pods, so this never succeeds. */
const neverReady = {
  containers: [
    {
      name: 'main',
      image: 'lab.invalid/polite:1',
      imagePullPolicy: 'Never',
      readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: 1 },
    },
  ],
};
const failing = {
  restartPolicy: 'Never',
  containers: [
    { name: 'main', image: 'lab.invalid/polite:1', imagePullPolicy: 'Never', command: ['/no-such-program'] },
  ],
};

const selecting = (name: string, selector: object, limit: object): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'default' },
  spec: { selector, ...limit },
});

const localVolume = (): readonly Manifest[] => [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'disk' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'by-hand',
      local: { path: '/var/tmp' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['w1'] }] },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'disk', namespace: 'default' },
    spec: {
      storageClassName: 'by-hand',
      volumeName: 'disk',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  },
];

const manifests: readonly Manifest[] = [
  ...localVolume(),
  daemonSet('agent', { spec: { ...emptyDir, tolerations: [{ operator: 'Exists' }] } }),
  deployment('plain', 1),
  deployment('scratch', 1, { spec: emptyDir }),
  deployment('disk', 1, { spec: { volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }] } }),
  deployment('pinned', 1, { spec: { nodeSelector: { 'kubernetes.io/hostname': 'w1' } } }),
  barePod('bare', { spec: { nodeName: 'w1' } }),
  barePod('both', { spec: { nodeName: 'w1', ...emptyDir } }),
  barePod('failed', { spec: { nodeName: 'w1', ...failing } }),
  deployment('full', 2),
  budget('full', { minAvailable: 2 }),
  deployment('half', 1),
  budget('half', { minAvailable: '50%' }),
  deployment('spare', 3),
  budget('spare', { maxUnavailable: 1 }),
  deployment('sick', 2, { spec: neverReady }),
  budget('sick', { minAvailable: 1 }),
  deployment('sick-free', 2, { spec: neverReady }),
  selecting(
    'sick-free',
    { matchLabels: { app: 'sick-free' } },
    { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  ),
  deployment('twice', 2),
  budget('twice', { minAvailable: 1 }),
  selecting(
    'twice-more',
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['twice'] }] },
    { maxUnavailable: 1 },
  ),
  selecting(
    'of-bare',
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['bare', 'both'] }] },
    { maxUnavailable: 1 },
  ),
];

const ready = { plain: 1, scratch: 1, disk: 1, pinned: 1, bare: 1, both: 1, full: 2, half: 1, spare: 3, twice: 2 };

/** `default/plain-5d9-x` → `plain` */
const appOf = (name: string): string =>
  name.replace(/^[^/]*\//, '').replace(/-[a-z0-9]{6,10}-[a-z0-9]{5}$|-[a-z0-9]{5}$|-w1$/, '');
const apps = (names: readonly string[]): readonly string[] => [...new Set(names.map(appOf))].toSorted();

interface KubectlDrain {
  readonly refused: readonly string[];
  readonly evicted: readonly string[];
  readonly notNow: readonly string[];
  readonly never: readonly string[];
}

/** What kubectl says of each pod; it stops at filters that refuse, and retries what a budget holds until its time is up. */
const kubectlDrain = async (cluster: LabCluster, flags: readonly string[]): Promise<KubectlDrain> => {
  const { stdout, stderr } = await cluster.tryKubectl(
    ['drain', 'w1', '--dry-run=server', '--ignore-daemonsets', '--timeout=1s', ...flags],
    { timeoutMs: 120_000 },
  );
  const found = (pattern: RegExp, text = stderr) => apps([...text.matchAll(pattern)].map(([, name = '']) => name));
  const filtered = [...stderr.matchAll(/cannot delete [^:]*: ([^\n\]]*)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/\b([a-z0-9-]+\/[a-z0-9-]+)/g)].map(([, name = '']) => name),
  );
  return {
    refused: apps(filtered),
    evicted: found(/^evicting pod (\S+) \(server dry run\)/gm, stdout),
    notNow: found(/error when evicting pods\/"([^"]+)"[^\n]*will retry/g),
    never: found(/error when evicting pods\/"([^"]+)"[^\n]*more than one PodDisruptionBudget/g),
  };
};

/**
 * Where two budgets select a pod, the disruption controller counts only one of them anew when the pod changes (`getPdbForPod`), so one
 * may stay as it was before its pods were ready. A change of the budget itself is seen for certain.
 */
const counted = async (cluster: LabCluster, ...budgets: readonly string[]): Promise<void> => {
  const wait = ['wait', '--for=jsonpath={.status.disruptionsAllowed}=1', ...budgets, '--timeout=15s'];
  for (let look = 1; (await cluster.tryKubectl(wait)).code !== 0; look += 1) {
    if (look > 5) throw new Error(`never counted: ${await cluster.kubectl('get', 'pdb', '-o', 'wide')}`);
    await cluster.kubectl('annotate', '--overwrite', ...budgets, `lab.example.com/look=${look}`);
  }
};

const judged = (facts: ClusterFacts, accept: readonly DrainLoss[]): DrainJudgement => {
  const node = facts.nodes.find(({ metadata }) => metadata.name === 'w1');
  if (node === undefined) throw new Error('no node w1');
  return judgeDrain({ node, cluster: facts, accept, now: new Date() });
};

const blockedBy = ({ blockers }: DrainJudgement, kinds: readonly string[]) =>
  apps(blockers.filter(({ kind }) => kinds.includes(kind)).flatMap(({ pods }) => pods));

describe.skipIf(reason)(`verdicts of a drain beside kubectl's ${reason ?? ''}`, () => {
  let cluster: LabCluster;
  let facts: ClusterFacts;

  beforeAll(async () => {
    cluster = await bootCluster({
      nodes: [
        {
          name: 'w1',
          files: {
            '/etc/kubernetes/manifests/static.yaml': JSON.stringify({
              apiVersion: 'v1',
              kind: 'Pod',
              metadata: { name: 'static', namespace: 'default' },
              spec: {
                ...emptyDir,
                containers: [{ name: 'main', image: 'lab.invalid/polite:1', imagePullPolicy: 'Never' }],
              },
            }),
          },
        },
        { name: 'w2' },
      ],
    });
    // Everything lands on w1 first.
    await cluster.kubectl('cordon', 'w2');
    await cluster.apply(...manifests);
    await Promise.all(Object.entries(ready).map(([app, count]) => cluster.waitPods(app, count)));
    await cluster.kubectl('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/failed', '--timeout=120s');
    await cluster.kubectl(
      'wait',
      '--for=jsonpath={.status.phase}=Running',
      'pod',
      '-l',
      'app in (sick, sick-free)',
      '--timeout=120s',
    );
    await counted(cluster, 'pdb/spare', 'pdb/twice');
    await cluster.kubectl('uncordon', 'w2');
    // On a busy machine a kubelet may miss its heartbeat; pods of such a node are judged by other rules.
    await cluster.waitReady();
    const port = openLocalKubectl({
      kubeconfig: cluster.kubeconfig,
      context: undefined,
      name: 'lab',
      env: { ...process.env, PATH: `${cluster.programs}:${process.env.PATH ?? ''}` },
    });
    facts = await openCluster(port).gather();
    await port.close();
  });

  afterAll(() => cluster?.remove());

  test.each([
    [[], []],
    [['--force'], ['bare-pods']],
    [['--delete-emptydir-data'], ['empty-dir']],
  ] as const)('what kubectl drain %j refuses blocks when %j is accepted', async (flags, accept) => {
    const { refused } = await kubectlDrain(cluster, flags);
    expect(refused).not.toEqual([]);
    expect(blockedBy(judged(facts, accept), ['bare-pods', 'empty-dir'])).toEqual(refused);
  });

  test('what kubectl evicts moves, and what its evictions meet is foreseen', async () => {
    const kubectl = await kubectlDrain(cluster, ['--force', '--delete-emptydir-data']);
    const ours = judged(facts, ['bare-pods', 'empty-dir']);
    const by = (verdict: string) =>
      apps(ours.answer.pods.filter(each => each.verdict === verdict).map(({ name }) => name));
    expect(kubectl.refused).toEqual([]);
    expect(by('stay')).toEqual(
      ['agent', 'failed', 'static'].map(name => by('stay').find(each => each.startsWith(name))),
    );
    // kubectl deletes what has failed; its volumes and its scheduling are not looked at by kubectl.
    expect(kubectl.evicted).toEqual([...by('move'), ...by('block'), 'failed'].toSorted());
    expect(blockedBy(ours, ['local-volumes', 'no-node'])).toEqual(['disk', 'pinned']);
    expect(kubectl.never).toEqual(blockedBy(ours, ['budgets-overlap']));
    expect(kubectl.never).toEqual(['twice']);
    const waiting = apps(ours.waits.flatMap(({ pods }) => pods));
    expect(waiting).toEqual(['sick']);
    expect(blockedBy(ours, ['budget'])).toEqual(['bare', 'both', 'full', 'half']);
    // One eviction of `spare` is let through and, being a dry run, counts for nothing: none of them meets its budget.
    expect(kubectl.notNow).toEqual([...blockedBy(ours, ['budget']), ...waiting].toSorted());
  });

  test('budgets are counted as the disruption controller counts them', () => {
    const index = indexCluster(facts);
    const states = [...new Set([...index.budgetsByPod.values()].flat())];
    expect(states.map(({ name }) => name).toSorted()).toEqual(
      facts.budgets.map(({ metadata }) => `default/${metadata.name}`).toSorted(),
    );
    // Of two budgets on one pod the controller keeps only the first up to date when the pod changes.
    const alone = states.filter(({ pods }) =>
      pods.every(pod => index.budgetsByPod.get(pod.metadata.uid)?.length === 1),
    );
    expect(alone.length).toBeGreaterThan(4);
    for (const { name, desiredHealthy, healthy, budget: counted } of alone) {
      expect({ name, desiredHealthy, currentHealthy: healthy }).toMatchObject({
        name,
        desiredHealthy: counted.status?.desiredHealthy,
        currentHealthy: counted.status?.currentHealthy,
      });
    }
  });

  test('every refusal tells what to do', () => {
    expect(judged(facts, []).blockers.find(({ kind }) => kind === 'budget')).toMatchObject({
      reason: expect.stringContaining('PodDisruptionBudget default/'),
      remedy: expect.stringContaining('--limit other hosts'),
    });
  });
});
