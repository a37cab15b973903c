import { describe, expect, test } from 'vitest';
import type { PlannedChange } from '../../src/core/result.ts';
import { decodePlan, encodePlan } from '../../src/plan/plan-file.ts';
import { type ClusterToSave, clusterDifferences, hostsBeyond, savedCluster } from '../../src/plan/saved-cluster.ts';

const salt = '0123456789abcdef0123456789abcdef';
const configMap: PlannedChange = {
  id: 'config-map:kube-system/kubelet-config',
  kind: 'config-map',
  target: 'ConfigMap kube-system/kubelet-config',
  summary: 'cgroupDriver: systemd',
  because: 'kubeadm upgrade node writes it onto every node',
  disruption: 'none',
  phase: 'stage',
  reversible: true,
  diff: '-cgroupDriver: cgroupfs\n+cgroupDriver: systemd\n',
};
const annotation: PlannedChange = {
  ...configMap,
  id: 'annotation:worker-1:cri-socket',
  kind: 'annotation',
  summary: 'cri-socket: none → unix:///run/containerd/containerd.sock',
};
const cluster = (over: Partial<ClusterToSave> = {}): ClusterToSave => ({
  uid: 'uid-1',
  batches: [['a'], ['b', 'c']],
  changes: [configMap, annotation],
  kubeletConfig: { text: 'cgroupDriver: cgroupfs\n', resourceVersion: '7' },
  ...over,
});
const saved = savedCluster(cluster(), salt);
const differences = (over: Partial<ClusterToSave>) =>
  clusterDifferences(saved, cluster(over), salt).map(({ code, message }) => `${code}: ${message}`);

describe('a saved plan holds the cluster', () => {
  const head = { toolVersion: '0.1.0', inventorySha256: 'ab', salt };
  const plan = { host: 'a', changes: [], later: [], refusals: [] };
  const accepted = [
    { loss: 'empty-dir', pod: 'shop/cart-1', uid: 'u1', controllerUid: 'c1' },
    { loss: 'bare-pods', pod: 'shop/bare', uid: 'u2' },
  ] as const;

  test('and what a drain loses, and reads both back', () => {
    const text = encodePlan({ ...head, hosts: [{ address: '10.0.0.1', plan, accepted }], cluster: cluster() });
    const decoded = decodePlan(text);
    expect(decoded).toMatchObject({ ok: true, plan: { cluster: saved, hosts: { a: { accepted } } } });
    expect(text).not.toContain('cgroupDriver: cgroupfs');
  });

  test('and stays as it was where there is none', () => {
    const text = encodePlan({ ...head, hosts: [{ address: '10.0.0.1', plan }] });
    expect(JSON.parse(text)).toEqual({
      schemaVersion: 1,
      ...head,
      hosts: { a: { address: '10.0.0.1', changes: [], later: [] } },
    });
  });
});

describe('a later apply', () => {
  test('goes on in the same cluster, also after a part of it', () => {
    expect(differences({})).toEqual([]);
    // The first run wrote the ConfigMap and did host a before it was stopped.
    const after = { kubeletConfig: { text: 'cgroupDriver: systemd\n', resourceVersion: '8' } };
    expect(differences({ ...after, changes: [annotation], batches: [['b', 'c']] })).toEqual([]);
  });

  test('is for no other cluster', () => {
    expect(differences({ uid: 'uid-2' })).toEqual([expect.stringMatching(/^cluster-mismatch: .*uid-1.*uid-2/)]);
  });

  test.each([
    ['the text of the ConfigMap', { kubeletConfig: { text: 'maxPods: 50\n', resourceVersion: '7' } }, /differs$/],
    ['its version', { kubeletConfig: { text: 'cgroupDriver: cgroupfs\n', resourceVersion: '9' } }, /differs$/],
    ['what is written', { changes: [{ ...annotation, summary: 'cri-socket: none → other' }] }, /differs$/],
    ['a change that is new', { changes: [{ ...annotation, id: 'annotation:worker-2:cri-socket' }] }, /is new$/],
  ])('notices %s', (_, over, message) => {
    expect(differences(over)).toEqual([expect.stringMatching(/^guard-mismatch: the cluster has changed/)]);
    expect(differences(over)[0]).toMatch(message);
  });

  test('does not touch nodes where the plan knew of none', () => {
    expect(clusterDifferences(undefined, cluster(), salt)).toMatchObject([{ code: 'plan-stale' }]);
    expect(clusterDifferences(undefined, cluster({ batches: [], changes: [] }), salt)).toEqual([]);
  });

  test('names hosts that would be taken out of service and were not to be', () => {
    expect(hostsBeyond(saved, { batches: [['c', 'b'], ['a']] })).toEqual([]);
    expect(hostsBeyond(saved, { batches: [['a', 'd']] })).toEqual(['d']);
  });
});
