import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseAddress } from '../addresses.ts';
import { findNode, type LabNode } from '../node.ts';
import { LabError, must, type RunOptions, type RunResult, run } from '../run.ts';
import { buildDirectory } from '../tools.ts';
import { type ClusterApi, clusterApi } from './api.ts';
import { type ApiRequest, auditedRequests } from './audit.ts';
import { type Daemon, startControlPlaneDaemon, stopControlPlane } from './control-plane.ts';
import { stopDaemon } from './daemons.ts';
import { documents, type Manifest } from './manifests.ts';
import { labName } from './node.ts';
import { makeKubeconfig, type UserOptions } from './pki.ts';
import { type ClusterVersion, kubernetesBuild } from './programs.ts';
import { type ClusterRecord, clusterDirectory, loadCluster } from './record.ts';
import { type PodWait, waitHeartbeat, waitNodesReady, waitPodsReady } from './wait.ts';

export interface LabCluster {
  readonly name: string;
  readonly version: ClusterVersion;
  readonly address: string;
  readonly server: string;
  /** File of admin.conf, as kubeadm makes it. */
  readonly kubeconfig: string;
  /** Directory with kubectl and kubeadm of this version, for a PATH. */
  readonly programs: string;
  /** The Node's name is `hostname`. */
  readonly nodes: readonly LabNode[];
  readonly api: ClusterApi;
  node(name: string): LabNode;
  /** kubectl of the cluster's version as its admin; has to succeed. */
  kubectl(...args: string[]): Promise<string>;
  /** The same, any exit code is an answer. */
  tryKubectl(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  apply(...manifests: (Manifest | string)[]): Promise<void>;
  /** Waits until these Nodes (default: all of the lab's) are Ready. */
  waitReady(names?: readonly string[], timeoutMs?: number): Promise<void>;
  /** After a node or its kubelet was off: waits until the kubelet has been heard of since this call, and is Ready. */
  waitBack(name: string, timeoutMs?: number): Promise<void>;
  /** Waits until exactly this many pods with the label `app` are there, all Ready, none going. */
  waitPods(app: string, count: number, options?: PodWait): Promise<void>;
  /** With `audit`: what has been asked of the API so far, without the cluster's own programs and `api`. */
  requests(): ApiRequest[];
  /** File of a kubeconfig for another user, with a client certificate of the cluster. */
  kubeconfigOf(options: UserOptions): Promise<string>;
  /** A program of the control plane on this machine ends at once; `start` returns when it answers again. */
  stop(daemon: Daemon): Promise<void>;
  start(daemon: Daemon): Promise<void>;
  remove(): Promise<void>;
}

export function labCluster(record: ClusterRecord): LabCluster {
  const { name, version, address } = record;
  const programs = buildDirectory(kubernetesBuild(version));
  const kubeconfig = join(clusterDirectory(name), 'admin.conf');
  const api = clusterApi(record);
  // Read anew each time: another process may have stopped a program or added a node meanwhile.
  const now = (): ClusterRecord => loadCluster(name) ?? record;
  const nodes = (): LabNode[] => now().nodes.flatMap(node => findNode(labName(name, node)) ?? []);
  const kubectl = [join(programs, 'kubectl'), '--kubeconfig', kubeconfig] as const;
  const tryKubectl = (args: readonly string[], options?: RunOptions) =>
    run(kubectl[0], [...kubectl.slice(1), ...args], options);
  const mustKubectl = (args: readonly string[], options?: RunOptions) =>
    must(kubectl[0], [...kubectl.slice(1), ...args], options);
  return {
    name,
    version,
    address,
    server: `https://${address}:6443`,
    kubeconfig,
    programs,
    get nodes() {
      return nodes();
    },
    api,
    node: wanted => {
      const node = nodes().find(({ hostname }) => hostname === wanted);
      if (node === undefined) throw new LabError(`no node ${wanted} in cluster ${name}`);
      return node;
    },
    kubectl: async (...args) => (await mustKubectl(args)).trimEnd(),
    tryKubectl,
    apply: async (...manifests) => {
      await mustKubectl(['apply', '-f', '-'], { input: documents(manifests) });
    },
    waitReady: (names = now().nodes, timeoutMs) => waitNodesReady(api, names, timeoutMs),
    waitBack: async (wanted, timeoutMs) => {
      await waitHeartbeat(api, wanted, timeoutMs);
      await waitNodesReady(api, [wanted], timeoutMs);
    },
    waitPods: (app, count, options) => waitPodsReady(api, `app=${app}`, count, options),
    requests: () => auditedRequests(name),
    kubeconfigOf: async options => {
      const file = join(clusterDirectory(name), `user-${randomBytes(3).toString('hex')}.conf`);
      writeFileSync(file, await makeKubeconfig(record, programs, options), { mode: 0o600 });
      return file;
    },
    stop: daemon => {
      if (record.controlPlane === 'processes') return stopDaemon(now(), daemon);
      throw new LabError(`${daemon} is a static pod: move its manifest out of /etc/kubernetes/manifests of the node`);
    },
    start: daemon => startControlPlaneDaemon(now(), daemon),
    remove: () => removeCluster(now()),
  };
}

export async function removeCluster(record: ClusterRecord): Promise<void> {
  await Promise.all(record.nodes.map(node => findNode(labName(record.name, node))?.remove()));
  await stopControlPlane(record);
  releaseAddress(record.address, leaseName(record.name));
  rmSync(clusterDirectory(record.name), { recursive: true, force: true });
}

export function leaseName(cluster: string): string {
  return `cluster-${cluster}`;
}
