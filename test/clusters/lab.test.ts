import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  barePod,
  bootCluster,
  budget,
  CLUSTER_VERSIONS,
  daemonSet,
  deployment,
  type LabCluster,
  requireClusterLab,
} from '../lab/cluster/index.ts';
import { findNode } from '../lab/index.ts';

interface Pod {
  metadata: { name: string; labels: { app: string } };
  spec: { nodeName: string };
}

describe.each(CLUSTER_VERSIONS)('a cluster of Kubernetes %s', version => {
  const reason = requireClusterLab(version);

  describe.skipIf(reason)(`in the lab${reason ? ` (${reason})` : ''}`, () => {
    let cluster: LabCluster;
    const podsOf = async (node: string): Promise<Pod[]> => {
      const { items } = await cluster.api.get<{ items: Pod[] }>('/api/v1/namespaces/default/pods');
      return items.filter(pod => pod.spec.nodeName === node);
    };
    /** Where the programs of the node's pods sit, by the name of the cgroup at the top. */
    const podRoots = async (node: string): Promise<string[]> => {
      const script = 'for p in $(pgrep -x pause); do grep -E "^[0-9]+:(memory)?:" /proc/$p/cgroup; done';
      const text = await cluster.node(node).sh(script);
      return [...new Set(text.split('\n').flatMap(line => /\/(kubepods[^/]*)\//.exec(line)?.[1] ?? []))];
    };

    beforeAll(async () => {
      const started = Date.now();
      cluster = await bootCluster({
        version,
        audit: true,
        nodes: [
          { name: 'w1', suite: 'bookworm', cgroupDriver: 'cgroupfs', criSocket: 'flag' },
          { name: 'w2' },
          { name: 'w3', containerd: '2.2', kubeletDriver: null },
        ],
      });
      await cluster.apply(deployment('web', 6), budget('web', { minAvailable: 4 }), daemonSet('agent'));
      await cluster.waitPods('web', 6);
      await cluster.waitPods('agent', 3);
      console.log(`Kubernetes ${version}: three nodes and nine pods after ${(Date.now() - started) / 1000} s`);
    });
    afterAll(() => cluster?.remove());

    it('runs pods under both drivers, and under the one that containerd 2.2 names', async () => {
      expect(await podRoots('w1')).toEqual(['kubepods']);
      expect(await podRoots('w2')).toEqual(['kubepods.slice']);
      expect(await podRoots('w3')).toEqual(['kubepods.slice']);
      const configz = (node: string) => cluster.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/configz`);
      expect(await configz('w1')).toContain('"cgroupDriver":"cgroupfs"');
      expect(await configz('w2')).toContain('"cgroupDriver":"systemd"');
    });

    it('lays kubelets out as kubeadm does, so that kubeadm knows its way', async () => {
      const node = cluster.node('w2');
      expect(await node.sh('cat /var/lib/kubelet/config.yaml')).toContain('maxPods: 64 # agreed');
      expect(await node.sh('systemctl show kubelet -p DropInPaths')).toContain('10-kubeadm.conf');
      await node.sh('kubeadm upgrade node phase kubelet-config --dry-run --kubeconfig /etc/kubernetes/kubelet.conf');
      const annotations = await cluster.kubectl('get', 'node', 'w1', '-o', 'jsonpath={.metadata.annotations}');
      expect(annotations).toContain(
        '"kubeadm.alpha.kubernetes.io/cri-socket":"unix:///var/run/containerd/containerd.sock"',
      );
    });

    it('moves pods away for kubectl drain, keeps the budget and leaves the DaemonSet', async () => {
      expect((await podsOf('w2')).length).toBeGreaterThan(1);
      await cluster.kubectl('drain', 'w2', '--ignore-daemonsets', '--timeout=120s');
      expect((await podsOf('w2')).map(pod => pod.metadata.labels.app)).toEqual(['agent']);
      await cluster.waitPods('web', 6);
      await cluster.kubectl('uncordon', 'w2');
      await cluster.kubectl('patch', 'pdb', 'web', '--type=merge', '-p', '{"spec":{"minAvailable":6}}');
      const refused = await cluster.tryKubectl(['drain', 'w3', '--ignore-daemonsets', '--timeout=1s']);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('would violate the pod');
      await cluster.kubectl('uncordon', 'w3');
    });

    it('gives other users no rights', async () => {
      const kubeconfig = await cluster.kubeconfigOf({ user: 'nobody', validFor: '1h' });
      const { stdout } = await cluster.tryKubectl(['--kubeconfig', kubeconfig, 'auth', 'can-i', 'list', 'nodes']);
      expect(stdout.trim()).toBe('no');
      expect(cluster.requests()).toContainEqual(expect.objectContaining({ user: 'nobody', verb: 'create', code: 201 }));
    });

    it('outlives an API server that was away and a node that lost its power', async () => {
      await cluster.stop('kube-apiserver');
      expect(await cluster.api.isReady()).toBe(false);
      await cluster.start('kube-apiserver');
      await cluster.node('w1').kill();
      await cluster.node('w1').start();
      await cluster.waitBack('w1');
      await cluster.apply(barePod('after', { spec: { nodeName: 'w1' } }));
      await cluster.waitPods('after', 1);
    });

    it('leaves nothing behind', async () => {
      const { name, kubeconfig } = cluster;
      await cluster.remove();
      expect(existsSync(kubeconfig)).toBe(false);
      expect(findNode(`${name}-w1`)).toBeUndefined();
      expect(await cluster.api.isReady()).toBe(false);
    });
  });
});
