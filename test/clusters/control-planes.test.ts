import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootCluster, type LabCluster, requireClusterLab } from '../lab/cluster/index.ts';

const reason = requireClusterLab();
const ETCD = '/etc/kubernetes/pki/etcd';

describe.skipIf(reason)(`three control planes as static pods${reason ? ` (${reason})` : ''}`, () => {
  let cluster: LabCluster;
  const etcdHealth = () => {
    const keys = [
      `--cacert=${ETCD}/ca.crt`,
      `--cert=${ETCD}/healthcheck-client.crt`,
      `--key=${ETCD}/healthcheck-client.key`,
    ];
    const endpoint = ['--endpoints=https://127.0.0.1:2379', 'endpoint', 'health', '--cluster'];
    return cluster.tryKubectl(['exec', '-n', 'kube-system', 'etcd-cp2', '--', 'etcdctl', ...keys, ...endpoint]);
  };

  beforeAll(async () => {
    const started = Date.now();
    const members = ['cp1', 'cp2', 'cp3'].map(name => ({ name, role: 'control-plane' as const }));
    cluster = await bootCluster({ controlPlane: 'static-pods', nodes: members });
    console.log(`three control planes after ${(Date.now() - started) / 1000} s`);
  });
  afterAll(() => cluster?.remove());

  it('have an etcd of three healthy members', async () => {
    const { code, stdout } = await etcdHealth();
    expect(code).toBe(0);
    expect(stdout.match(/is healthy/g)).toHaveLength(3);
  });

  it('lie where kubeadm puts them', async () => {
    const manifest = await cluster.node('cp1').sh('cat /etc/kubernetes/manifests/kube-apiserver.yaml');
    expect(manifest).toContain(`--advertise-address=${cluster.node('cp1').address}`);
    expect(await cluster.node('cp1').sh('KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes -o name')).toContain(
      'cp3',
    );
  });

  it('answer over the others while one has no power, and are whole again afterwards', async () => {
    await cluster.node('cp1').kill();
    await expect.poll(() => cluster.api.isReady(), { timeout: 60_000 }).toBe(true);
    await cluster.node('cp1').start();
    await cluster.waitBack('cp1');
    await expect.poll(async () => (await etcdHealth()).code, { timeout: 120_000, interval: 1000 }).toBe(0);
  });
});
