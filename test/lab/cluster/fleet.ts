import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '../run.ts';
import type { LabCluster } from './cluster.ts';
import { startDaemon } from './daemons.ts';
import type { Manifest } from './manifests.ts';
import { kwokPrograms, RELEASES } from './programs.ts';
import { clusterDirectory, loadCluster } from './record.ts';

/** A Node without a machine: its pods only seem to run. */
export interface SimulatedNode {
  readonly name: string;
  readonly address?: string;
  readonly role?: 'control-plane' | 'worker';
  readonly machineId?: string;
  readonly kubeletVersion?: string;
  readonly runtime?: string;
  readonly labels?: Record<string, string>;
  /** Of CPU and pods; default what a small machine has. */
  readonly capacity?: { readonly cpu: string; readonly memory: string; readonly pods: string };
}

const MANAGED = { 'kwok.x-k8s.io/node': 'fake' };
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const CAPACITY = { cpu: '4', memory: '8Gi', pods: '110' };

/** Lets kwok play the kubelets of these Nodes, and returns once all are Ready. Real nodes of the cluster stay real. */
export async function startFleet(cluster: LabCluster, nodes: readonly SimulatedNode[]): Promise<void> {
  const record = loadCluster(cluster.name);
  if (record === undefined) throw new LabError(`no cluster ${cluster.name}`);
  startDaemon(record, join(await kwokPrograms(), 'kwok'), [
    `--config=${fileURLToPath(new URL('./fleet-stages.yaml', import.meta.url))}`,
    `--kubeconfig=${join(clusterDirectory(cluster.name), 'super-admin.conf')}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    '--cidr=10.89.0.1/16',
  ]);
  await cluster.apply(...nodes.map(node => manifest(node, RELEASES[cluster.version])));
  await cluster.waitReady(nodes.map(({ name }) => name));
}

/** Stops or starts the simulated kubelet of a Node: NotReady, and Ready again. */
export async function switchKubelet(cluster: LabCluster, name: string, to: 'on' | 'off'): Promise<void> {
  await cluster.api.patch(`/api/v1/nodes/${name}`, { metadata: { annotations: { 'lab.invalid/kubelet': to } } });
}

function manifest(node: SimulatedNode, release: string): Manifest {
  const { name, address, machineId = '', capacity = CAPACITY } = node;
  const isControlPlane = node.role === 'control-plane';
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    ...(isControlPlane && { [CONTROL_PLANE]: '' }),
    ...node.labels,
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations: MANAGED },
    spec: isControlPlane ? { taints: [{ key: CONTROL_PLANE, effect: 'NoSchedule' }] } : {},
    // A kubelet, too, gives its status when it registers.
    status: {
      addresses: [
        ...(address === undefined ? [] : [{ type: 'InternalIP', address }]),
        { type: 'Hostname', address: name },
      ],
      capacity,
      allocatable: capacity,
      nodeInfo: nodeInfo(node.kubeletVersion ?? `v${release}`, node.runtime ?? 'containerd://1.7.24', machineId),
    },
  };
}

function nodeInfo(kubeletVersion: string, containerRuntimeVersion: string, machineID: string): object {
  return {
    kubeletVersion,
    containerRuntimeVersion,
    machineID,
    systemUUID: machineID,
    bootID: '',
    kernelVersion: '6.1.0',
    osImage: 'Debian GNU/Linux 13 (trixie)',
    operatingSystem: 'linux',
    architecture: 'amd64',
    kubeProxyVersion: '',
  };
}
