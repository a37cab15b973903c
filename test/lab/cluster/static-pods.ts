import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { LabNode } from '../node.ts';
import { clusterApi } from './api.ts';
import { takeAddress } from './control-plane.ts';
import { startDaemon, waitFor } from './daemons.ts';
import { nodeConfig } from './kubeadm-config.ts';
import { CONTROL_PLANE_IMAGES } from './layers.ts';
import { type ClusterRecord, clusterDirectory } from './record.ts';

const SHARED = ['ca', 'front-proxy-ca', 'etcd/ca'].flatMap(name => [`${name}.crt`, `${name}.key`]);

/** What members of one control plane share; the rest kubeadm makes on each of them. */
export function sharedCertificates(record: ClusterRecord): Record<string, string> {
  const pki = join(clusterDirectory(record.name), 'pki');
  const files = [...SHARED, 'sa.key', 'sa.pub'];
  return Object.fromEntries(files.map(name => [`/etc/kubernetes/pki/${name}`, readFileSync(join(pki, name), 'utf8')]));
}

/** Lets kubeadm write certificates and static pods of a control plane on these nodes; the kubelet then starts them. */
export async function layOutStaticPods(record: ClusterRecord, nodes: readonly LabNode[]): Promise<void> {
  const members = Object.fromEntries(nodes.map(({ hostname, address }) => [hostname, address]));
  await Promise.all(
    nodes.map(async node => {
      const config = nodeConfig(record, { name: node.hostname, address: node.address }, members);
      await node.sh('cat >/root/kubeadm.yaml', { input: config });
      await node.sh(`ctr --namespace k8s.io image import --all-platforms ${CONTROL_PLANE_IMAGES}`);
      for (const phase of PHASES) await node.sh(`kubeadm init phase ${phase} --config /root/kubeadm.yaml`);
    }),
  );
}

const PHASES = [
  'certs all',
  'kubeconfig controller-manager',
  'kubeconfig scheduler',
  'control-plane all',
  'etcd local',
];

/** The cluster's address passes connections on to the API servers of these nodes; returns once one of them is ready. */
export async function startBalancer(record: ClusterRecord, nodes: readonly LabNode[]): Promise<void> {
  await takeAddress(record.address);
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;
  const program = fileURLToPath(new URL('./balancer-server.ts', import.meta.url));
  const config = { address: record.address, port: 6443, backends: nodes.map(({ address }) => address) };
  startDaemon(record, process.execPath, ['--import', loader, program, JSON.stringify(config)], 'balancer');
  await waitFor(record, 'balancer', () => clusterApi(record).isReady());
}
