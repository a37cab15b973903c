import { LabError, sleep } from '../run.ts';
import type { ClusterApi } from './api.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}
interface Item {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  readonly status: { readonly conditions?: readonly Condition[]; readonly phase?: string };
}
interface List {
  readonly items: readonly Item[];
}
interface Lease {
  readonly spec: { readonly renewTime: string };
}

export interface PodWait {
  readonly namespace?: string;
  readonly timeoutMs?: number;
}

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const READY_MS = 180_000;

export function waitNodesReady(api: ClusterApi, names: readonly string[], timeoutMs = READY_MS): Promise<void> {
  return waitUntil(`Nodes ${names.join(' ')} Ready`, timeoutMs, async () => {
    const { items } = await api.get<List>('/api/v1/nodes');
    const missing = names.filter(name => !items.some(({ metadata }) => metadata.name === name));
    const unready = items.filter(item => names.includes(item.metadata.name) && !(isReady(item) && isOpen(item)));
    return [...missing.map(name => `${name} has not registered`), ...unready.map(describe)];
  });
}

/** A node that went down a moment ago still counts as Ready: this waits for a sign of life from after the call. */
export function waitHeartbeat(api: ClusterApi, name: string, timeoutMs = READY_MS): Promise<void> {
  const since = Date.now();
  return waitUntil(`a heartbeat of ${name}`, timeoutMs, async () => {
    const lease = await api.get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`);
    return Date.parse(lease.spec.renewTime) > since ? [] : [`${name} was last seen at ${lease.spec.renewTime}`];
  });
}

export function waitPodsReady(api: ClusterApi, selector: string, count: number, options: PodWait = {}): Promise<void> {
  const { namespace = 'default', timeoutMs = READY_MS } = options;
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
  return waitUntil(`${count} pods with ${selector} Ready`, timeoutMs, async () => {
    const { items } = await api.get<List>(path);
    const unready = items.filter(item => !isReady(item) || item.metadata.deletionTimestamp !== undefined);
    return [...(items.length === count ? [] : [`${items.length} pods are there`]), ...unready.map(describe)];
  });
}

/** Polls until nothing is missing any more. An API server that does not answer is one more thing that is missing. */
export async function waitUntil(goal: string, timeoutMs: number, missing: () => Promise<string[]>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = await missing().catch((error: Error) => [error.message]);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new LabError(`not within ${timeoutMs / 1000} s: ${goal}\n${left.join('\n')}`);
    await sleep(200);
  }
}

function isReady({ status }: Item): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

// The node controller lifts its taints some seconds after Ready; until then no pod would come here.
function isOpen({ spec }: Item): boolean {
  return !spec.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/') && key !== UNSCHEDULABLE);
}

function describe({ metadata, status }: Item): string {
  const bad = (status.conditions ?? []).filter(({ type, status: value }) => type === 'Ready' && value !== 'True');
  const going = metadata.deletionTimestamp === undefined ? '' : ', going';
  return `${metadata.name}: ${status.phase ?? ''} ${bad.map(({ message }) => message).join()}${going}`;
}
