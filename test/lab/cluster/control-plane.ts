import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ensureBridge } from '../bridge.ts';
import { must, run } from '../run.ts';
import { BRIDGE } from '../settings.ts';
import { clusterApi } from './api.ts';
import { auditFlags } from './audit.ts';
import { isRunning, startDaemon, stopDaemon, waitFor } from './daemons.ts';
import { etcdPrograms, kubernetesPrograms } from './programs.ts';
import { type ClusterRecord, clusterDirectory } from './record.ts';

export const DAEMONS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Daemon = (typeof DAEMONS)[number];

/** Starts what is off, in order, and returns once the API answers that it is ready. */
export async function startControlPlane(record: ClusterRecord): Promise<void> {
  await takeAddress(record.address);
  for (const name of DAEMONS) {
    if (!isRunning(record, name)) await startControlPlaneDaemon(record, name);
  }
}

export async function startControlPlaneDaemon(record: ClusterRecord, name: Daemon): Promise<void> {
  const directory = name === 'etcd' ? await etcdPrograms() : await kubernetesPrograms(record.version);
  startDaemon(record, join(directory, name), ARGUMENTS[name](record));
  if (name === 'etcd') await waitFor(record, name, () => listens(record.address, 2379));
  if (name === 'kube-apiserver') await waitFor(record, name, () => clusterApi(record).isReady());
}

/** All programs of the cluster on this machine end at once; what etcd has written stays. */
export async function stopControlPlane(record: ClusterRecord): Promise<void> {
  // Also what was started beside the control plane; etcd, the first, goes last.
  for (const name of Object.keys(record.processes).reverse()) await stopDaemon(record, name);
  await run('ip', ['address', 'del', `${record.address}/32`, 'dev', BRIDGE]);
}

export async function takeAddress(address: string): Promise<void> {
  await ensureBridge();
  const { stdout } = await run('ip', ['-oneline', 'address', 'show', 'dev', BRIDGE]);
  if (stdout.includes(` ${address}/32 `)) return;
  await must('ip', ['address', 'add', `${address}/32`, 'dev', BRIDGE]);
}

const ALONE = ['--leader-elect=false', '--secure-port=0'];
// The default of 20 requests a second keeps a fleet of 200 Nodes tainted for most of a minute.
const FAST = ['--kube-api-qps=300', '--kube-api-burst=600'];

const ARGUMENTS: Record<Daemon, (record: ClusterRecord) => string[]> = {
  etcd: etcdArguments,
  'kube-apiserver': apiServerArguments,
  'kube-controller-manager': controllerManagerArguments,
  'kube-scheduler': record => [...kubeconfig(record, 'scheduler'), ...ALONE, ...FAST],
};

function etcdArguments(record: ClusterRecord): string[] {
  const { address } = record;
  const data = join(clusterDirectory(record.name), 'etcd');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const pki = pkiOf(record);
  return [
    `--name=${record.name}`,
    `--data-dir=${data}`,
    `--advertise-client-urls=https://${address}:2379`,
    `--listen-client-urls=https://${address}:2379`,
    `--initial-advertise-peer-urls=https://${address}:2380`,
    `--listen-peer-urls=https://${address}:2380`,
    `--initial-cluster=${record.name}=https://${address}:2380`,
    `--listen-metrics-urls=http://${address}:2381`,
    '--client-cert-auth=true',
    '--peer-client-cert-auth=true',
    `--cert-file=${pki}/etcd/server.crt`,
    `--key-file=${pki}/etcd/server.key`,
    `--trusted-ca-file=${pki}/etcd/ca.crt`,
    `--peer-cert-file=${pki}/etcd/peer.crt`,
    `--peer-key-file=${pki}/etcd/peer.key`,
    `--peer-trusted-ca-file=${pki}/etcd/ca.crt`,
  ];
}

// As in kubeadm's manifest, but bound to the cluster's own address.
function apiServerArguments(record: ClusterRecord): string[] {
  const pki = pkiOf(record);
  return [
    `--bind-address=${record.address}`,
    `--advertise-address=${record.address}`,
    '--secure-port=6443',
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--enable-bootstrap-token-auth=true',
    `--client-ca-file=${pki}/ca.crt`,
    `--etcd-servers=https://${record.address}:2379`,
    `--etcd-cafile=${pki}/etcd/ca.crt`,
    `--etcd-certfile=${pki}/apiserver-etcd-client.crt`,
    `--etcd-keyfile=${pki}/apiserver-etcd-client.key`,
    `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
    '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
    `--proxy-client-key-file=${pki}/front-proxy-client.key`,
    '--requestheader-allowed-names=front-proxy-client',
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-cluster-ip-range=10.96.0.0/12',
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    ...(record.audit ? auditFlags(record) : []),
  ];
}

function controllerManagerArguments(record: ClusterRecord): string[] {
  const pki = pkiOf(record);
  return [
    ...kubeconfig(record, 'controller-manager'),
    ...ALONE,
    ...FAST,
    '--controllers=*,bootstrapsigner,tokencleaner',
    `--cluster-name=${record.name}`,
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/sa.key`,
    '--use-service-account-credentials=true',
  ];
}

function kubeconfig(record: ClusterRecord, name: string): string[] {
  return [`--kubeconfig=${join(clusterDirectory(record.name), `${name}.conf`)}`];
}

function pkiOf(record: ClusterRecord): string {
  return join(clusterDirectory(record.name), 'pki');
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
