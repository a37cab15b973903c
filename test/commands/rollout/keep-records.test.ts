import { expect, test } from 'vitest';
import { driverAnnotation } from '../../../src/cluster/cordon-mark.ts';
import { criSocketAnnotation, formerSocketsAnnotation } from '../../../src/cluster/cri-socket.ts';
import { keepRecords } from '../../../src/commands/rollout/keep-records.ts';
import type { ClusterChange } from '../../../src/plan/cluster-plan.ts';
import { desiredNode } from '../../desired.ts';
import { cluster, node } from '../../plan/drain/cluster.ts';

const crio = 'unix:///var/run/crio/crio.sock';
const containerd = 'unix:///run/containerd/containerd.sock';

const moved = (name: string): ClusterChange => ({
  planned: {
    ...{ id: `annotation:${name}:${criSocketAnnotation}`, kind: 'annotation', target: `Node ${name}` },
    ...{ summary: `${criSocketAnnotation}: ${containerd} → ${crio}`, because: 'a test' },
    ...{ disruption: 'none', phase: 'resume', reversible: true },
  },
  write: { kind: 'cri-socket', node: name, endpoint: crio },
});

/** Hosts a and b are worker-1 and worker-2; both move to CRI-O, and their Nodes have what kubeadm keeps. */
const keeping = () => {
  const annotated = new Map(['worker-1', 'worker-2'].map(name => [name, { [criSocketAnnotation]: containerd }]));
  const nodes = new Map([
    ['a', node('worker-1')],
    ['b', node('worker-2')],
  ]);
  const written = new Map<string, Readonly<Record<string, string | null>>>();
  const keeper = keepRecords({
    cluster: {
      node: async name => {
        const made = node(name);
        return { ...made, metadata: { ...made.metadata, annotations: annotated.get(name) ?? {} } };
      },
      annotate: async (name, annotations) => {
        written.set(name, { ...written.get(name), ...annotations });
      },
      writeKubeletConfig: async () => expect.unreachable(),
    },
    facts: cluster(),
    plan: {
      nodes,
      records: [moved('worker-1'), moved('worker-2')],
      rollout: {
        batches: [{ kind: 'drain', role: 'worker', hosts: ['a', 'b'], reason: 'workers' }],
        immediate: [],
        atOnce: { workers: 1, ofWorkers: 2 },
        problems: [],
      },
      cluster: { uid: 'u', findings: [], changes: [] },
      clusterHosts: [...nodes].map(([host, of]) => ({
        ...{ desired: desiredNode({ host, runtime: { name: 'cri-o' } }), node: of },
        ...{ facts: undefined, changes: [] },
      })),
    },
    runId: '20261121-010000-aaaa',
    drained: new Set(['a', 'b']),
    tell: () => undefined,
  });
  return { keeper, written };
};

test('the endpoint of a Node follows with its host, with what was there before beside it', async () => {
  const { keeper, written } = keeping();
  await keeper.begin();
  expect([...written]).toEqual([]);
  await keeper.nodeDone('a');
  expect(Object.fromEntries(written)).toEqual({
    'worker-1': {
      [criSocketAnnotation]: crio,
      [formerSocketsAnnotation]: JSON.stringify({ '20261121-010000-aaaa': containerd }),
      [driverAnnotation]: 'systemd',
    },
  });
  expect(keeper.told([]).changes.map(({ target, status }) => `${target} ${status}`)).toEqual([
    'Node worker-1 done',
    'Node worker-2 not-run',
  ]);
});
