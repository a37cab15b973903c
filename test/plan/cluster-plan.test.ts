import { describe, expect, test } from 'vitest';
import type { ClusterFacts } from '../../src/cluster/cluster-facts.ts';
import { criSocketAnnotation } from '../../src/cluster/cri-socket.ts';
import type { Node } from '../../src/cluster/objects.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { brokenByUpgrade } from '../../src/plan/broken-by-upgrade.ts';
import { type ClusterHost, planClusterRecords } from '../../src/plan/cluster-plan.ts';
import { clusterWideOf, keepsSocketOnNodes } from '../../src/plan/kubeadm-records.ts';
import { parseYaml } from '../../src/yaml/parse.ts';
import { type DesiredOverrides, desiredNode } from '../desired.ts';
import { aKubelet, type KubeletOverrides, kubeletConfig, root } from '../kubelet.ts';
import { criAnswer, kubeletService } from '../kubelet-node.ts';
import { observed } from './facts.ts';

/** As kubeadm uploads it, with a comment of people's; synthetic. */
const shared = (driver: string | undefined, extra = ''): string => `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
${driver === undefined ? '' : `cgroupDriver: ${driver} # agreed in 2021\n`}clusterDNS:
- 10.96.0.10
containerRuntimeEndpoint: ""
kind: KubeletConfiguration
${extra}`;

const socket = 'unix:///var/run/containerd/containerd.sock';
const aNode = (name: string, annotations: Readonly<Record<string, string>> = {}): Node => ({
  metadata: { name, uid: `uid-${name}`, annotations },
  spec: {},
  status: {},
});

const cluster = (
  config: string | undefined,
  {
    version = 'v1.34.3',
    gate = '',
    nodes = ['w1', 'w2'],
  }: { version?: string; gate?: string; nodes?: readonly string[] } = {},
): ClusterFacts => ({
  uid: 'u',
  serverVersion: '1.34.3',
  clientVersion: '1.34.3',
  nodes: nodes.map(name => aNode(name)),
  pods: [],
  budgets: [],
  workloads: [],
  claims: [],
  volumes: [],
  kubeletConfig: known(config === undefined ? undefined : { text: config, resourceVersion: '7' }),
  kubeadmConfig: known({
    text: `kind: ClusterConfiguration\n${gate}kubernetesVersion: ${version}\n`,
    resourceVersion: '3',
  }),
});

interface HostOverrides {
  readonly desired?: DesiredOverrides;
  readonly kubelet?: KubeletOverrides;
  readonly node?: Node;
  readonly changes?: ClusterHost['changes'];
  readonly tells?: 'systemd' | 'cgroupfs' | null;
  readonly joined?: boolean;
}

const host = (
  name: string,
  { desired, kubelet, node, changes = [], tells = null, joined = true }: HostOverrides = {},
): ClusterHost => ({
  desired: desiredNode({ host: name, ...desired }),
  node: node ?? aNode(name),
  facts: observed({
    clusterState: { joined, evidence: undefined, foreign: undefined, kubeletVersion: '1.34.3' },
    kubelet: aKubelet(kubelet),
    cri: { '/run/containerd/containerd.sock': criAnswer(tells) },
    services: { 'kubelet.service': kubeletService },
  }),
  changes,
});

const onCgroupfs: DesiredOverrides = { runtime: { cgroupDriver: 'cgroupfs' } };
const plan = (facts: ClusterFacts, ...hosts: readonly ClusterHost[]) => planClusterRecords(facts, hosts, text => text);
const textOf = (records: ReturnType<typeof plan>): string => {
  const [change] = records.changes;
  if (change?.write.kind !== 'kubelet-config') throw new Error(JSON.stringify(records));
  return change.write.text;
};

describe('the kubelet-config of the cluster', () => {
  test('follows what all hosts are to be: one line, comments stay, guarded by its version', () => {
    const records = plan(cluster(shared('cgroupfs')), host('w1'), host('w2'));
    expect(textOf(records)).toBe(shared('systemd'));
    expect(records.changes).toMatchObject([
      {
        planned: {
          id: 'config-map:kube-system/kubelet-config',
          kind: 'config-map',
          summary: 'cgroupDriver: systemd',
          disruption: 'none',
          diff: expect.stringContaining('+cgroupDriver: systemd # agreed in 2021'),
        },
        write: { resourceVersion: '7' },
      },
    ]);
    expect(records).toMatchObject({ findings: [], refusals: [] });
    expect(plan(cluster(textOf(records)), host('w1'), host('w2')).changes).toEqual([]);
  });

  test('says cgroupfs outright, since kubeadm fills in systemd', () => {
    const hosts = [host('w1', { desired: onCgroupfs }), host('w2', { desired: onCgroupfs })];
    const text = textOf(plan(cluster(shared(undefined)), ...hosts));
    expect(parseYaml(text)).toMatchObject({
      document: { value: { cgroupDriver: 'cgroupfs', clusterDNS: ['10.96.0.10'] } },
    });
    expect(plan(cluster(shared(undefined)), host('w1'), host('w2')).changes).toEqual([]);
  });

  test('stays where hosts differ', () => {
    const records = plan(cluster(shared('cgroupfs')), host('w1'), host('w2', { desired: onCgroupfs }));
    expect(records.changes).toEqual([]);
  });

  test('an endpoint in it follows one runtime of all, an empty one is nobody’s', () => {
    const named = shared('systemd').replace(
      'containerRuntimeEndpoint: ""',
      'containerRuntimeEndpoint: unix:///run/crio/crio.sock',
    );
    expect(textOf(plan(cluster(named), host('w1'), host('w2')))).toContain(`containerRuntimeEndpoint: ${socket}`);
    const mixed = [host('w1'), host('w2', { desired: { runtime: { name: 'cri-o' } } })];
    expect(plan(cluster(named), ...mixed).changes.filter(({ write }) => write.kind === 'kubelet-config')).toEqual([]);
  });

  test('swap where every node gets it', () => {
    const desired: DesiredOverrides = { swap: 'kubelet' };
    const changes = [{ settings: ['kubelet failSwapOn = false'] }] as unknown as ClusterHost['changes'];
    const hosts = [host('w1', { desired, changes }), host('w2', { desired })];
    expect(textOf(plan(cluster(shared('systemd')), ...hosts))).toContain('\nfailSwapOn: false\n');
    expect(plan(cluster(shared('systemd')), host('w1', { desired })).changes).toEqual([]);
  });

  test('nodes that the inventory does not have are named', () => {
    const { findings } = plan(cluster(shared('cgroupfs'), { nodes: ['w1', 'w2', 'x9'] }), host('w1'), host('w2'));
    expect(findings).toMatchObject([{ status: 'fail', severity: 'warning', observed: 'x9' }]);
  });

  test('a cluster that is not kubeadm’s is no error', () => {
    expect(plan(cluster(undefined), host('w1'))).toMatchObject({
      changes: [],
      refusals: [],
      findings: [{ status: 'fail', severity: 'info', message: expect.stringContaining('only files of the nodes') }],
    });
  });

  test('what may not be read is unknown', () => {
    const facts = { ...cluster(undefined), kubeletConfig: unknown('configmaps is forbidden') };
    expect(plan(facts, host('w1'))).toMatchObject({
      changes: [],
      findings: [{ status: 'unknown', message: 'configmaps is forbidden' }],
    });
  });

  test('what cannot be edited is refused', () => {
    expect(plan(cluster('cgroupDriver: cgroupfs\ncgroupDriver: cgroupfs\n'), host('w1'))).toMatchObject({
      changes: [],
      refusals: [{ code: 'plan-refused', message: expect.stringMatching(/kubelet-config: line 2: duplicated/) }],
    });
  });
});

describe('the endpoint of each node', () => {
  const off = { gate: 'featureGates:\n  NodeLocalCRISocket: false\n' };
  test.each([
    ['v1.34.3', '', true],
    ['v1.34.3', off.gate, false],
    ['v1.33.0', '', false],
    ['v1.33.0', 'featureGates:\n  NodeLocalCRISocket: true\n', true],
    ['v1.36.0', off.gate, true],
  ])('gate in %s %j: %s', (version, gate, expected) => {
    expect(keepsSocketOnNodes(cluster(undefined, { version, gate }))).toBe(expected);
  });

  test('an annotation where kubeadm keeps it there', () => {
    const facts = cluster(shared('systemd'), off);
    const crio: DesiredOverrides = { runtime: { name: 'cri-o' } };
    const annotated = aNode('w1', { [criSocketAnnotation]: socket });
    expect(plan(facts, host('w1', { desired: crio, node: annotated })).changes).toMatchObject([
      {
        planned: { id: `annotation:w1:${criSocketAnnotation}`, phase: 'resume', disruption: 'none' },
        write: { kind: 'cri-socket', node: 'w1', endpoint: 'unix:///var/run/crio/crio.sock' },
      },
    ]);
    expect(plan(facts, host('w1', { node: annotated })).changes).toEqual([]);
    expect(plan(facts, host('w1')).changes).toHaveLength(1);
    const kubelet: KubeletOverrides = {
      files: { '/var/lib/kubelet/instance-config.yaml': `containerRuntimeEndpoint: "${socket}"\n` },
    };
    expect(plan(facts, host('w1', { kubelet })).changes).toEqual([]);
  });

  test('none where kubeadm keeps it on the node, unless a wrong one has stayed', () => {
    const facts = cluster(shared('systemd'));
    expect(plan(facts, host('w1')).changes).toEqual([]);
    const stale = aNode('w1', { [criSocketAnnotation]: 'unix:///run/crio/crio.sock' });
    expect(plan(facts, host('w1', { node: stale })).changes).toHaveLength(1);
  });

  test('none without records of kubeadm', () => {
    const kubelet: KubeletOverrides = { files: { '/var/lib/kubelet/kubeadm-flags.env': undefined } };
    expect(plan(cluster(shared('systemd'), off), host('w1', { kubelet })).changes).toEqual([]);
    const facts = { ...cluster(undefined), kubeadmConfig: known(undefined) };
    expect(plan(facts, host('w1')).changes).toEqual([]);
  });

  test('none of a host that this run does not look at, or that has not joined', () => {
    const facts = cluster(shared('systemd'), off);
    expect(plan(facts, { ...host('w1'), facts: undefined }, host('w2', { joined: false })).changes).toEqual([]);
  });
});

describe('what every host’s plan must know', () => {
  const desired = (driver: 'systemd' | 'cgroupfs') => desiredNode({ runtime: { cgroupDriver: driver } });
  test.each([
    ['agreed', 'cgroupfs', ['systemd', 'systemd'], 'systemd'],
    ['not agreed', 'cgroupfs', ['systemd', 'cgroupfs'], 'cgroupfs'],
    ['not agreed, nothing written', undefined, ['systemd', 'cgroupfs'], 'systemd'],
  ] as const)('%s', (_, written, wishes, expected) => {
    expect(clusterWideOf(cluster(shared(written)), wishes.map(desired))).toEqual({
      cgroupDriver: expected,
      nodeLocalCriSocket: true,
    });
  });
  test('nothing where there is nothing of kubeadm’s', () => {
    expect(clusterWideOf({ ...cluster(undefined), kubeadmConfig: known(undefined) }, [desired('systemd')])).toEqual({});
  });
});

describe('what kubeadm upgrade node would break', () => {
  const old: KubeletOverrides = {
    files: { '/var/lib/kubelet/config.yaml': kubeletConfig.replace('systemd', 'cgroupfs') },
    cgroupRoots: [root('cgroupfs', true)],
  };
  const facts = cluster(shared('systemd'));
  test('nodes that a rollout has not reached', () => {
    expect(brokenByUpgrade(facts, [host('w1'), host('w2', { kubelet: old })])).toEqual([
      {
        host: 'w2',
        node: 'w2',
        reason: 'it runs with cgroupfs, and kubeadm upgrade node would write cgroupDriver: systemd',
      },
    ]);
  });
  test.each<[string, HostOverrides]>([
    ['the runtime tells the driver', { kubelet: old, tells: 'cgroupfs' }],
    [
      'a flag holds it',
      { kubelet: { files: { ...old.files, '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--cgroup-driver=cgroupfs\n' } } },
    ],
    [
      'a drop-in holds it',
      {
        kubelet: {
          files: {
            '/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=--config-dir=/etc/kubelet.d\n',
            '/etc/kubelet.d/10.conf': 'cgroupDriver: cgroupfs\n',
          },
        },
      },
    ],
    [
      'a patch holds it',
      {
        kubelet: {
          files: { ...old.files, '/etc/kubernetes/patches/kubeletconfiguration.yaml': 'cgroupDriver: cgroupfs\n' },
        },
      },
    ],
    ['it has not joined', { kubelet: old, joined: false }],
  ])('not where %s', (_, overrides) => {
    expect(brokenByUpgrade(facts, [host('w2', overrides)])).toEqual([]);
  });
  test('nothing where there is no kubelet-config', () => {
    expect(brokenByUpgrade(cluster(undefined), [host('w2', { kubelet: old })])).toEqual([]);
  });
});
