import { criDockerdArchive } from '../../lab/archives.ts';
import { ensureBridge } from '../../lab/bridge.ts';
import { bootCluster, daemonSet, deployment, type LabCluster } from '../../lab/cluster/index.ts';
import { installCrictl, type LabNode } from '../../lab/index.ts';
import { pauseImage, politeImage } from '../../lab/pause.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { containerdIo, criDockerd, dockerEe, type UpstreamRepository } from '../../lab/upstream/index.ts';
import { crioFrom, offerCrio } from '../../nodes/support/crio-source.ts';
import { repositoryOf } from '../../nodes/support/repository-wish.ts';
import { at } from '../../nodes/support/workplace.ts';
import { openRolloutPlace, type RolloutPlace } from './rollout-place.ts';

export type RuntimeName = 'containerd' | 'cri-o' | 'docker' | 'mirantis';

/** A cluster of which one node may have any runtime of the lab, with a registry that each of them trusts. */
export interface MigrationPlace extends Pick<RolloutPlace, 'json'> {
  readonly cluster: LabCluster;
  /** The node that is moved; the other one stays as it is. */
  readonly node: LabNode;
  /** An inventory of that node; `unproven` asks for a sandbox image that nobody has. */
  inventory(runtime: RuntimeName, unproven?: 'unproven'): string;
  remove(): Promise<void>;
}

export const sockets = {
  containerd: 'unix:///var/run/containerd/containerd.sock',
  'cri-o': 'unix:///var/run/crio/crio.sock',
  docker: 'unix:///var/run/cri-dockerd.sock',
  mirantis: 'unix:///var/run/cri-dockerd.sock',
} as const satisfies Record<RuntimeName, string>;

const staticPod = (image: string): string => `apiVersion: v1
kind: Pod
metadata: { name: fixed, labels: { app: fixed } }
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 2
  containers: [{ name: main, image: '${image}' }]
`;

export const openMigrationPlace = async (): Promise<MigrationPlace> => {
  await ensureBridge();
  const registry = await startRegistry({
    images: { 'pause:3.10.1': pauseImage(['pause']), 'polite:1': politeImage(['polite']) },
    tls: true,
  });
  const image = `${registry.host}/polite:1`;
  // Beside the bundle, where every program of Go looks too: trusted from the first boot on.
  const trust = { '/etc/ssl/certs/lab-registry.pem': registry.ca ?? '' };
  const cluster = await bootCluster({
    nodes: [
      {
        name: 'w1',
        criSocket: 'flag',
        // What the package of CRI-O depends on.
        packages: ['iptables', 'libyajl2', 'libglib2.0-0t64'],
        files: { ...trust, '/etc/kubernetes/manifests/fixed.yaml': staticPod(image) },
      },
      { name: 'w2', files: trust },
    ],
  });
  const node = cluster.node('w1');
  const rollout = await openRolloutPlace(cluster);
  const upstream = await offerCrio(node);
  await upstream.offer(containerdIo(), ...dockerEe('5:25.0.14-1~debian'), criDockerd());
  await upstream.publish();
  // The lab stands before Debian's runc, which goes for the one of containerd.io: that is elsewhere.
  await node.sh(
    `sed -i 's#^exec /usr/sbin/runc.real#[ -e /usr/sbin/runc.real ] || exec /usr/bin/runc "$@"\\n&#' /usr/sbin/runc
    grep -q /usr/bin/runc /usr/sbin/runc`,
  );
  await installCrictl(node);
  const soon = { image, graceSeconds: 2 } as const;
  await cluster.apply(deployment('web', 4, soon), daemonSet('agent', soon));
  await Promise.all([cluster.waitPods('web', 4), cluster.waitPods('agent', 2), cluster.waitPods('fixed', 1)]);
  const wanted = runtimesOf(registry, upstream, await criDockerdArchive());
  return {
    cluster,
    node,
    json: rollout.json,
    inventory: (runtime, unproven) => {
      const image = unproven && { sandboxImage: `${registry.host}/pause:absent` };
      const settings = { runtime: { name: runtime, ...wanted[runtime], ...image }, verify: { sandbox: 'required' } };
      return rollout.inventory(unproven ?? runtime, 'systemd', [], { hosts: { w1: at(node, settings) } });
    },
    remove: async () => {
      await cluster.remove();
      await upstream.close();
      await registry.close();
      rollout.remove();
    },
  };
};

const runtimesOf = (
  registry: LabRegistry,
  upstream: UpstreamRepository,
  { file, sha256 }: Awaited<ReturnType<typeof criDockerdArchive>>,
): Readonly<Record<RuntimeName, object>> => {
  const shared = { sandboxImage: `${registry.host}/pause:3.10.1`, cni: { binDir: '/usr/lib/cni' } };
  return {
    containerd: shared,
    'cri-o': { ...shared, ...crioFrom(upstream) },
    docker: { ...shared, archives: { criDockerd: { file, sha256 } } },
    mirantis: {
      ...shared,
      source: 'upstream',
      acceptLicense: true,
      repository: repositoryOf(upstream),
    },
  };
};

/** What kubeadm, and what we, keep on the Node of its endpoint. */
export const socketAnnotation =
  "{.metadata.annotations['kubeadm\\.alpha\\.kubernetes\\.io/cri-socket','nodeprep\\.io/cri-socket-before']}";

export interface Serving {
  /** What the process of the kubelet was started with, or its file says. */
  readonly kubelet: string;
  /** `kubectl get node -o wide` */
  readonly node: string;
  readonly annotation: string;
  /** Sockets at which CRI is answered. */
  readonly answering: readonly string[];
  /** Ids of sandboxes and containers that any of the runtimes keeps, whether it runs or not. */
  readonly kept: readonly string[];
}

/** Which runtime serves the pods of the node, from everybody who knows. */
export const servingOn = async ({ cluster, node }: Pick<MigrationPlace, 'cluster' | 'node'>): Promise<Serving> => {
  const crictl = (endpoint: string): string => `crictl --runtime-endpoint ${endpoint} --timeout 5s version 2>/dev/null`;
  const each = [...new Set(Object.values(sockets))];
  const answering = await node.sh(
    [...each.map(endpoint => `${crictl(endpoint)} >/dev/null && echo ${endpoint}`), ':'].join('\n'),
  );
  const endpoints = answering.split('\n').filter(line => line !== '');
  const kept = await node.sh(
    `ls /run/containerd/io.containerd.runtime.v2.task/k8s.io /run/containers/storage/overlay-containers \
      /var/lib/docker/containers 2>/dev/null; :`,
  );
  return {
    kubelet: await node.sh(`tr '\\0' '\\n' </proc/$(systemctl show -P MainPID kubelet)/cmdline |
      sed -n 's/^--container-runtime-endpoint=//p' | grep . ||
      sed -n 's/^containerRuntimeEndpoint: *"*\\([^"]*\\)"*$/\\1/p' /var/lib/kubelet/config.yaml`),
    node: await cluster.kubectl(
      'get',
      'node',
      node.hostname,
      '-o',
      'jsonpath={.status.nodeInfo.containerRuntimeVersion}',
    ),
    annotation: await cluster.kubectl(
      'get',
      'node',
      node.hostname,
      '-o',
      'jsonpath={.metadata.annotations.kubeadm\\.alpha\\.kubernetes\\.io/cri-socket}',
    ),
    answering: endpoints,
    kept: kept.split('\n').filter(line => /^[0-9a-f]{64}$/.test(line)),
  };
};
