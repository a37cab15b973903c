import { expect, test } from 'vitest';
import type { ClusterFacts } from '../../../src/cluster/cluster-facts.ts';
import { driverAnnotation } from '../../../src/cluster/cordon-mark.ts';
import { criSocketAnnotation, withSocket } from '../../../src/cluster/cri-socket.ts';
import { restoreRecords } from '../../../src/commands/rollout/restore-records.ts';
import { NodeprepError } from '../../../src/core/errors.ts';
import { known } from '../../../src/core/observed.ts';
import { cluster, node } from '../../plan/drain/cluster.ts';

const old = 'apiVersion: kubelet.config.k8s.io/v1beta1\ncgroupDriver: cgroupfs\nmaxPods: 64\n';
const converted = old.replace('cgroupfs', 'systemd');

/** worker-1, -2 and -3 were converted by run r-1; what is asked of the cluster is kept. */
const taking = async (
  back: readonly string[],
  over: { runs?: readonly string[]; fails?: NodeprepError; annotations?: Readonly<Record<string, string>> } = {},
) => {
  const names = ['worker-1', 'worker-2', 'worker-3'];
  const annotated = new Map<string, Readonly<Record<string, string>>>(
    names.map(name => [name, { ...over.annotations, [driverAnnotation]: 'systemd' }]),
  );
  const told: string[] = [];
  const written: string[] = [];
  const nodeOf = (name: string) => {
    const made = node(name);
    return { ...made, metadata: { ...made.metadata, annotations: annotated.get(name) ?? {} } };
  };
  const findings = await restoreRecords({
    cluster: {
      node: async name => nodeOf(name),
      annotate: async (name, changes) => {
        const merged = Object.entries({ ...annotated.get(name), ...changes });
        annotated.set(
          name,
          Object.fromEntries(merged.flatMap(([key, value]) => (value === null ? [] : [[key, value]]))),
        );
      },
      kubeletConfigBackups: async () => [{ run: 'r-1', text: old }],
      gather: async (): Promise<ClusterFacts> => ({
        ...cluster({ nodes: names.map(nodeOf) }),
        kubeletConfig: known({ text: converted, resourceVersion: '7' }),
      }),
      writeKubeletConfig: async ({ text, resourceVersion }) => {
        if (over.fails !== undefined) throw over.fails;
        written.push(`${resourceVersion} ${text}`);
      },
    },
    runs: new Set(over.runs ?? ['r-1']),
    nodes: back,
    runId: 'r-2',
    tell: note => told.push(note),
  });
  return { findings, written, told, annotated };
};

test('the ConfigMap goes back with the last node', async () => {
  const { findings, written, told } = await taking(['worker-1', 'worker-2', 'worker-3']);
  expect(findings).toEqual([]);
  expect(written).toEqual([`7 ${old}`]);
  expect(told).toEqual(['ConfigMap kube-system/kubelet-config: as before run r-1']);
});

test('it stays as long as a node is converted, and the nodes that an upgrade would break meanwhile are named', async () => {
  const { findings, written } = await taking(['worker-1']);
  expect(written).toEqual([]);
  expect(findings).toMatchObject([
    {
      check: 'cluster-kubelet-config',
      severity: 'error',
      message:
        'the kubelet-config of the cluster keeps cgroupDriver: systemd until worker-2, worker-3 are taken back too; before that, kubeadm upgrade node would break worker-1',
      remedy: expect.stringContaining('nodeprep rollback'),
    },
  ]);
});

test('it is left alone where the run that was taken back has not written it', async () => {
  expect(await taking(['worker-1'], { runs: ['r-0'] })).toMatchObject({ findings: [], written: [], told: [] });
});

test('what is in the way is a finding, and says where the old text is', async () => {
  const fails = new NodeprepError('cluster-denied', 'configmaps is forbidden');
  const { findings } = await taking(['worker-1', 'worker-2', 'worker-3'], { fails });
  expect(findings).toMatchObject([
    {
      severity: 'error',
      message: expect.stringContaining('configmaps is forbidden'),
      remedy: expect.stringContaining('nodeprep-kubelet-config-'),
    },
  ]);
});

test('the endpoint that kubeadm keeps on a Node goes back with it, and only on it', async () => {
  const before = { [criSocketAnnotation]: '/run/containerd/containerd.sock' };
  const moved = { ...before, ...withSocket(before, 'r-1', 'unix:///var/run/crio/crio.sock') };
  const annotations = Object.fromEntries(Object.entries(moved).map(([key, value]) => [key, value ?? '']));
  const { annotated, told } = await taking(['worker-1'], { annotations });
  expect(annotated.get('worker-1')).toEqual(before);
  expect(annotated.get('worker-2')).toEqual({ ...annotations, [driverAnnotation]: 'systemd' });
  expect(told).toEqual([`Node worker-1: ${criSocketAnnotation}: /run/containerd/containerd.sock`]);
});
