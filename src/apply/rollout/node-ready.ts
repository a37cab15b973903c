import type { ClusterClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/objects.ts';
import { patiently } from './patiently.ts';

const readyCondition = (node: Node | undefined) => node?.status.conditions?.find(({ type }) => type === 'Ready');

export const isReady = (node: Node | undefined): boolean => readyCondition(node)?.status === 'True';

/** The last word of the kubelet: changes with each status that it posts, the first of them right after its start. */
export const heartbeatOf = (node: Node | undefined): string | undefined => readyCondition(node)?.lastHeartbeatTime;

export interface ReadyOptions {
  readonly cluster: Pick<Cluster, 'node'>;
  readonly node: string;
  /** Heartbeat seen while the kubelet was stopped; a Ready of before is none. undefined: any Ready counts. */
  readonly after: string | undefined;
  readonly timeoutMs: number;
  readonly clock: ClusterClock;
}

const pollMs = 1_000;

/** Waits for a Ready that the kubelet has said anew. Gives undefined, or why not. Not ended by an interrupt: the node must be settled. */
export const waitReady = async ({
  cluster,
  node,
  after,
  timeoutMs,
  clock,
}: ReadyOptions): Promise<string | undefined> => {
  const end = clock.now() + timeoutMs;
  for (;;) {
    const found = await patiently(() => cluster.node(node), { clock, timeoutMs: Math.max(0, end - clock.now()) });
    if (found === undefined) return `Node ${node} is not in the cluster any more`;
    const isNew = after === undefined || heartbeatOf(found) !== after;
    if (isNew && isReady(found)) return undefined;
    if (clock.now() >= end) return notReadyWords(node, found, isNew, timeoutMs);
    await clock.sleep(pollMs);
  }
};

const notReadyWords = (node: string, found: Node, isNew: boolean, timeoutMs: number): string => {
  const seconds = Math.round(timeoutMs / 1_000);
  if (!isNew) return `the kubelet of Node ${node} has not reported within ${seconds} s of its start`;
  const { reason = 'no reason given', message = '' } = readyCondition(found) ?? {};
  return `Node ${node} is not Ready after ${seconds} s: ${reason} ${message}`.trimEnd();
};
