import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { leaseAddress } from '../addresses.ts';
import { ensureBridge } from '../bridge.ts';
import { withLock } from '../lock.ts';
import { identify, isAlive } from '../processes.ts';
import { LabError, must } from '../run.ts';
import { type LabCluster, labCluster, leaseName, removeCluster } from './cluster.ts';
import { startControlPlane } from './control-plane.ts';
import { ADMIN_RIGHTS, documents, kubeadmManifests } from './manifests.ts';
import { bootClusterNode, hasStaticPods, introduce, startKubelet } from './node.ts';
import type { ClusterNodeOptions, ClusterOptions } from './options.ts';
import { makeCertificates } from './pki.ts';
import { DEFAULT_VERSION, etcdPrograms, kubernetesPrograms } from './programs.ts';
import { type ClusterRecord, clusterDirectory, listClusterRecords, loadCluster, saveCluster } from './record.ts';
import { layOutStaticPods, startBalancer } from './static-pods.ts';
import { waitPodsReady } from './wait.ts';

/** A control plane on this machine and kubelets in container nodes; returns once every Node is Ready. */
export async function bootCluster(options: ClusterOptions): Promise<LabCluster> {
  await removeOrphanClusters();
  const programs = await kubernetesPrograms(options.version ?? DEFAULT_VERSION);
  await etcdPrograms();
  const record = await createRecord(options);
  try {
    await makeCertificates(record, programs);
    const cluster = labCluster(record);
    const booted = options.nodes.map((node, i) => bootClusterNode(node, record, i, options));
    if (record.controlPlane === 'processes') booted.push(startControlPlane(record));
    await settled(booted);
    if (record.controlPlane === 'static-pods') await startStaticPods(cluster, record, options.nodes);
    await grantRights(cluster, record);
    await join(cluster, record, options.nodes);
    return cluster;
  } catch (error) {
    await removeCluster(loadCluster(record.name) ?? record);
    throw error;
  }
}

/** Adds a node to a cluster that stands already. */
export async function joinCluster(name: string, options: ClusterNodeOptions): Promise<void> {
  const record = loadCluster(name);
  if (record === undefined) throw new LabError(`no cluster ${name}`);
  record.nodes.push(options.name);
  saveCluster(record);
  await bootClusterNode(options, record, record.nodes.length, { keep: record.owner === undefined });
  await join(labCluster(record), record, [options]);
}

const PROGRAMS_OF_A_CONTROL_PLANE = 4;

async function startStaticPods(
  cluster: LabCluster,
  record: ClusterRecord,
  options: readonly ClusterNodeOptions[],
): Promise<void> {
  const nodes = options.filter(node => hasStaticPods(node, record)).map(({ name }) => cluster.node(name));
  await layOutStaticPods(record, nodes);
  await Promise.all(nodes.map(startKubelet));
  await startBalancer(record, nodes);
  const inSystem = { namespace: 'kube-system' };
  await waitPodsReady(cluster.api, 'tier=control-plane', nodes.length * PROGRAMS_OF_A_CONTROL_PLANE, inSystem);
}

async function grantRights(cluster: LabCluster, record: ClusterRecord): Promise<void> {
  // admin.conf has no rights before this binding, as with kubeadm; super-admin.conf has all from the start.
  const superAdmin = joinPath(clusterDirectory(record.name), 'super-admin.conf');
  const input = documents([...ADMIN_RIGHTS, ...(record.kubeadm ? kubeadmManifests(record) : [])]);
  await must(joinPath(cluster.programs, 'kubectl'), ['--kubeconfig', superAdmin, 'apply', '-f', '-'], { input });
}

async function join(cluster: LabCluster, record: ClusterRecord, nodes: readonly ClusterNodeOptions[]): Promise<void> {
  await Promise.all(nodes.map(({ name }) => startKubelet(cluster.node(name))));
  const meant = nodes.filter(({ ready }) => ready !== false);
  await cluster.waitReady(meant.map(({ name }) => name));
  await Promise.all(meant.map(node => introduce(cluster, node, record.kubeadm)));
}

/** Like Promise.all, but waits for those that still run when one has failed: they would leave things behind. */
async function settled(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function createRecord(options: ClusterOptions): Promise<ClusterRecord> {
  const name = options.name ?? `c-${randomBytes(3).toString('hex')}`;
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(name)) throw new LabError(`${name}: names are a-z, 0-9 and -, at most 16`);
  return withLock('clusters', async () => {
    if (existsSync(clusterDirectory(name))) throw new LabError(`a cluster ${name} exists already`);
    await ensureBridge();
    const owner = options.keep ? undefined : identify(process.pid);
    const record: ClusterRecord = {
      name,
      version: options.version ?? DEFAULT_VERSION,
      address: leaseAddress(leaseName(name)),
      driver: options.cgroupDriver ?? 'systemd',
      kubeadm: options.kubeadm !== false,
      audit: options.audit === true,
      controlPlane: options.controlPlane ?? 'processes',
      nodeLocalCriSocket: options.nodes.every(({ criSocket }) => criSocket !== 'flag'),
      nodes: options.nodes.map(node => node.name),
      processes: {},
      flags: options.flags ?? {},
      ...(owner && { owner }),
    };
    saveCluster(record);
    return record;
  });
}

export function findCluster(name: string): LabCluster | undefined {
  const record = loadCluster(name);
  return record && labCluster(record);
}

export function listClusters(): LabCluster[] {
  return listClusterRecords().map(labCluster);
}

/** Clusters of test processes that ended without removing them. */
async function removeOrphanClusters(): Promise<void> {
  const isOrphan = (record: ClusterRecord): boolean => record.owner !== undefined && !isAlive(record.owner);
  if (!listClusterRecords().some(isOrphan)) return;
  await withLock('orphan-clusters', async () => {
    for (const record of listClusterRecords().filter(isOrphan)) await removeCluster(record);
  });
}
