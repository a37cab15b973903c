import type { ClusterFacts } from '../../../src/cluster/cluster-facts.ts';
import type {
  Container,
  Node,
  PersistentVolume,
  Pod,
  PodDisruptionBudget,
  Workload,
} from '../../../src/cluster/objects.ts';

export const now = new Date('2026-11-21T02:14:00Z');

export const node = (name: string, rest: Partial<Node['spec']> & { labels?: Record<string, string> } = {}): Node => {
  const { labels, ...spec } = rest;
  return {
    metadata: { name, uid: `node-${name}`, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      allocatable: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '50Gi', pods: '110' },
    },
  };
};

export const withReady = (of: Node, status: 'False' | 'Unknown'): Node => ({
  ...of,
  status: { ...of.status, conditions: [{ type: 'Ready', status }] },
});

export const controlPlane = (name: string): Node =>
  node(name, {
    labels: { 'node-role.kubernetes.io/control-plane': '' },
    taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
  });

export interface PodOverrides {
  readonly on?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: {
    readonly kind: string;
    readonly name: string;
    readonly uid?: string;
    readonly apiVersion?: string;
  };
  readonly phase?: string;
  readonly ready?: boolean;
  readonly deleting?: string;
  readonly requests?: Readonly<Record<string, string>>;
  readonly ports?: Container['ports'];
  readonly spec?: Partial<Pod['spec']>;
}

/** `shop/cart-1` on worker-1, Running and Ready. */
export const pod = (fullName: string, overrides: PodOverrides = {}): Pod => {
  const [namespace = '', name = ''] = fullName.split('/');
  const { on = 'worker-1', labels, annotations, owner, phase = 'Running', ready = true, deleting } = overrides;
  return {
    metadata: {
      namespace,
      name,
      uid: `uid-${fullName}`,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(deleting === undefined ? {} : { deletionTimestamp: deleting }),
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              { apiVersion: 'apps/v1', uid: `uid-${namespace}/${owner.name}`, ...owner, controller: true },
            ],
          }),
    },
    spec: {
      nodeName: on,
      containers: [
        {
          name: 'main',
          ...(overrides.requests === undefined ? {} : { resources: { requests: overrides.requests } }),
          ...(overrides.ports === undefined ? {} : { ports: overrides.ports }),
        },
      ],
      ...overrides.spec,
    },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
};

export const workload = (kind: string, fullName: string, wanted: number, owner?: string): Workload => {
  const [namespace = '', name = ''] = fullName.split('/');
  return {
    kind,
    metadata: {
      namespace,
      name,
      uid: `uid-${fullName}`,
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'Deployment',
                name: owner,
                uid: `uid-${namespace}/${owner}`,
                controller: true,
              },
            ],
          }),
    },
    wanted,
    available: wanted,
  };
};

/** A Deployment with its ReplicaSet and one pod on each of the nodes named. */
export const deployment = (
  fullName: string,
  on: readonly string[],
  overrides: PodOverrides & { readonly wanted?: number } = {},
): { readonly workloads: readonly Workload[]; readonly pods: readonly Pod[] } => {
  const [, name = ''] = fullName.split('/');
  const { wanted = on.length, ...rest } = overrides;
  return {
    workloads: [workload('Deployment', fullName, wanted), workload('ReplicaSet', `${fullName}-5d`, wanted, name)],
    pods: on.map((each, index) =>
      pod(`${fullName}-5d-${index + 1}`, {
        labels: { app: name },
        owner: { kind: 'ReplicaSet', name: `${name}-5d` },
        on: each,
        ...rest,
      }),
    ),
  };
};

/** Its status is what the disruption controller would write for `allowed`. */
export const budget = (fullName: string, spec: PodDisruptionBudget['spec'], allowed?: number): PodDisruptionBudget => {
  const [namespace = '', name = ''] = fullName.split('/');
  return {
    metadata: { namespace, name, uid: `uid-pdb-${fullName}` },
    spec: { selector: { matchLabels: { app: name } }, ...spec },
    ...(allowed === undefined ? {} : { status: { disruptionsAllowed: allowed } }),
  };
};

export const localVolume = (name: string, on: string): PersistentVolume => ({
  metadata: { name, uid: `uid-${name}` },
  spec: { local: { path: '/srv' }, nodeAffinity: { required: hostnames([on]) } },
});

export const hostnames = (names: readonly string[]) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: names }] }],
});

type Parts = Partial<Pick<ClusterFacts, 'pods' | 'workloads' | 'nodes' | 'budgets' | 'claims' | 'volumes'>>;

/** Three workers where no nodes are named; what is given is laid together. */
export const cluster = (...parts: readonly Parts[]): ClusterFacts => {
  const all = <K extends keyof Parts>(key: K) => parts.flatMap(part => [...(part[key] ?? [])]) as ClusterFacts[K];
  const nodes = all('nodes');
  return {
    uid: 'cluster-1',
    serverVersion: '1.34.3',
    clientVersion: '1.34.3',
    nodes: nodes.length > 0 ? nodes : [node('worker-1'), node('worker-2'), node('worker-3')],
    pods: all('pods'),
    budgets: all('budgets'),
    workloads: all('workloads'),
    claims: all('claims'),
    volumes: all('volumes'),
    kubeletConfig: { known: true, value: undefined },
    kubeadmConfig: { known: true, value: undefined },
  };
};
