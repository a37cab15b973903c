import { expect, test } from 'vitest';
import type { ClusterFacts } from '../../../src/cluster/cluster-facts.ts';
import { driverAnnotation } from '../../../src/cluster/cordon-mark.ts';
import { restoreRecords } from '../../../src/commands/rollout/restore-records.ts';
import { NodeprepError } from '../../../src/core/errors.ts';
import { known } from '../../../src/core/observed.ts';
import { cluster, node } from '../../plan/drain/cluster.ts';

const old = 'apiVersion: kubelet.config.k8s.io/v1beta1\ncgroupDriver: cgroupfs\nmaxPods: 64\n';
const converted = old.replace('cgroupfs', 'systemd');

/** worker-1, -2 and -3 were converted by run r-1; what is asked of the cluster is kept. */
const taking = async (back: readonly string[], over: { runs?: readonly string[]; fails?: NodeprepError } = {}) => {
  const drivers = new Map(['worker-1', 'worker-2', 'worker-3'].map(name => [name, 'systemd']));
  const told: string[] = [];
  const written: string[] = [];
  const nodes = () =>
    [...drivers].map(([name, driver]) => {
      const made = node(name);
      const annotations = driver === '' ? {} : { [driverAnnotation]: driver };
      return { ...made, metadata: { ...made.metadata, annotations } };
    });
  const findings = await restoreRecords({
    cluster: {
      annotate: async (name, annotations) => {
        drivers.set(name, annotations[driverAnnotation] ?? '');
      },
      kubeletConfigBackups: async () => [{ run: 'r-1', text: old }],
      gather: async (): Promise<ClusterFacts> => ({
        ...cluster({ nodes: nodes() }),
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
  return { findings, written, told };
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
  expect(await taking(['worker-1'], { runs: ['r-0'] })).toEqual({ findings: [], written: [], told: [] });
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
