import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BootOptions, bootNode, type LabNode } from '../node.ts';
import { politeArchive } from '../pause.ts';
import { importImage, importPause, preparePods } from '../pods.ts';
import type { LabCluster } from './cluster.ts';
import { distributionConfig, upstreamConfig } from './containerd-files.ts';
import { CRI_SOCKET, kubeletFiles } from './kubelet-files.ts';
import { containerdLayer, controlPlaneLayer, kubeletLayer } from './layers.ts';
import type { CgroupDriver, ClusterNodeOptions } from './options.ts';
import { credentials, makeKubeconfig } from './pki.ts';
import { kubernetesPrograms } from './programs.ts';
import { type ClusterRecord, clusterDirectory } from './record.ts';
import { sharedCertificates } from './static-pods.ts';
import { POLITE_IMAGE, STUBBORN_IMAGE } from './workloads.ts';

// Every sandbox image that a containerd of the lab, a kubelet or a new setting may ask for: nothing can be pulled.
const PAUSE_IMAGES = ['3.6', '3.8', '3.9', '3.10', '3.10.1', '3.10.2'].map(tag => `registry.k8s.io/pause:${tag}`);

export function labName(cluster: string, node: string): string {
  return `${cluster}-${node}`;
}

/** Boots a node with runtime, images and everything that `kubeadm join` leaves, the kubelet not yet started. */
export async function bootClusterNode(
  options: ClusterNodeOptions,
  record: ClusterRecord,
  index: number,
  boot: Pick<BootOptions, 'keep' | 'log'>,
): Promise<void> {
  const driver = options.cgroupDriver ?? record.driver;
  const node = await bootNode({
    ...(boot.keep !== undefined && { keep: boot.keep }),
    ...(boot.log && { log: boot.log }),
    ...(await packagesAndLayers(options, record)),
    suite: options.suite ?? 'trixie',
    name: labName(record.name, options.name),
    hostname: options.name,
    cgroup: podCgroups(),
    files: {
      ...(options.containerd === '2.2' ? upstreamConfig(driver) : distributionConfig(driver)),
      ...(await joinFiles(options, record, driver)),
      ...options.files,
    },
  });
  // A subnet per node: no two pods of a cluster have the same address.
  await preparePods(node, `10.88.${index}.0/24`);
  await node.sh('chmod 600 /etc/kubernetes/*.conf /var/lib/kubelet/pki/*; rm /etc/kubernetes/manifests/.keep');
  await importPause(node, [...PAUSE_IMAGES, STUBBORN_IMAGE]);
  await importImage(node, politeArchive([POLITE_IMAGE]));
}

export async function startKubelet(node: LabNode): Promise<void> {
  await node.sh('systemctl enable --now kubelet');
}

/** What kubeadm tells the API of a node that has joined; a kubelet may not say it of itself. */
export async function introduce(cluster: LabCluster, options: ClusterNodeOptions, kubeadm: boolean): Promise<void> {
  const { name, role, criSocket } = options;
  if (role === 'control-plane') {
    await cluster.kubectl('label', 'node', name, 'node-role.kubernetes.io/control-plane=');
    await cluster.kubectl('taint', 'node', name, 'node-role.kubernetes.io/control-plane=:NoSchedule');
  }
  if (kubeadm && criSocket === 'flag') {
    await cluster.kubectl('annotate', 'node', name, `kubeadm.alpha.kubernetes.io/cri-socket=${CRI_SOCKET}`);
  }
}

export function hasStaticPods({ role }: ClusterNodeOptions, { controlPlane }: ClusterRecord): boolean {
  return controlPlane === 'static-pods' && role === 'control-plane';
}

async function packagesAndLayers(
  options: ClusterNodeOptions,
  record: ClusterRecord,
): Promise<Pick<BootOptions, 'layers' | 'packages'>> {
  const { containerd, kubelet, packages = [] } = options;
  const plugins = ['containernetworking-plugins', ...packages];
  const layers = [await kubeletLayer(kubelet ?? record.version)];
  if (hasStaticPods(options, record)) layers.push(await controlPlaneLayer(record.version));
  if (containerd !== '2.2') return { layers, packages: ['containerd', ...plugins] };
  return { layers: [...layers, await containerdLayer()], packages: ['runc', ...plugins] };
}

async function joinFiles(
  options: ClusterNodeOptions,
  record: ClusterRecord,
  driver: CgroupDriver,
): Promise<Record<string, string>> {
  const programs = await kubernetesPrograms(record.version);
  const user = `system:node:${options.name}`;
  const kubeconfig = await makeKubeconfig(record, programs, { user, groups: ['system:nodes'] });
  const { ca, certificate, key } = credentials(kubeconfig);
  const admin = readFileSync(join(clusterDirectory(record.name), 'admin.conf'), 'utf8');
  return {
    ...kubeletFiles({
      options,
      driver,
      version: options.kubelet ?? record.version,
      kubeadm: record.kubeadm,
      certificateAuthority: ca,
      clientPem: certificate + key,
      server: `https://${record.address}:6443`,
    }),
    ...(options.role === 'control-plane' && { '/etc/kubernetes/admin.conf': admin }),
    ...(hasStaticPods(options, record) && sharedCertificates(record)),
  };
}

// Pods need the controllers: on a machine that binds them to v1, only nodes with a v1 view have them.
function podCgroups(): 'v1' | 'v2' {
  return / cgroup [^ ]*\bmemory\b/.test(readFileSync('/proc/mounts', 'utf8')) ? 'v1' : 'v2';
}
