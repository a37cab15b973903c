import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootCluster, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';
import { findingOf, hostOf } from '../nodes/support/cli.ts';
import { openRolloutPlace, type RolloutPlace } from './support/rollout-place.ts';

const roleFile = new URL('../../templates/cluster/nodeprep-clusterrole.yaml', import.meta.url);
const reason = requireClusterLab('1.36');

describe.skipIf(reason)(`what a kubelet of 1.36 says of its driver${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  let place: RolloutPlace;

  beforeAll(async () => {
    cluster = await bootCluster({
      version: '1.36',
      cgroupDriver: 'systemd',
      // Its file says nothing of a driver: containerd 2.2 tells it over CRI, and configz shows what it was told.
      nodes: [{ name: 'w1', containerd: '2.2', kubeletDriver: null }],
    });
    place = await openRolloutPlace(cluster);
  });
  afterAll(async () => {
    await cluster?.remove();
    place?.remove();
  });

  it('is a second opinion where the operator may ask', async () => {
    const planned = await place.json(['plan', place.inventory('inventory', 'systemd', ['w1'])]);
    const finding = findingOf(hostOf(planned, 'w1'), 'kubelet-configz');
    expect(finding).toMatchObject({
      status: 'pass',
      observed: expect.stringMatching(/^configz systemd, .*: systemd$/),
    });
  });

  it('is not asked for where the operator may not', async () => {
    await cluster.apply(readFileSync(roleFile, 'utf8'));
    await cluster.kubectl('create', 'clusterrolebinding', 'nodeprep', '--clusterrole=nodeprep', '--user=ops');
    await cluster.kubectl('-n', 'kube-system', 'create', 'rolebinding', 'nodeprep', '--role=nodeprep', '--user=ops');
    const kubeconfig = await cluster.kubeconfigOf({ user: 'ops' });
    const inventory = place.inventory('minimal', 'systemd', ['w1'], { cluster: { kubeconfig } });
    const planned = await place.json(['plan', inventory]);
    expect(planned.code).toBe(0);
    expect(hostOf(planned, 'w1').findings.map(({ check }) => check)).not.toContain('kubelet-configz');
  });
});
