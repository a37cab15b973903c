import { setTimeout as delay } from 'node:timers/promises';
import { type CriClient, call } from './client.ts';
import {
  type ListPodSandboxResponse,
  listContainersMethod,
  listPodSandboxMethod,
  podSandboxStatusMethod,
  removePodSandboxMethod,
  stopContainerMethod,
  stopPodSandboxMethod,
} from './messages.ts';
import { isProof } from './proof-label.ts';

/** A sandbox that is still there: its pod by `namespace/name`. */
export interface Stuck {
  readonly pod: string;
  readonly reason: string;
}

export interface RemovalOptions {
  /** Milliseconds on the clock of `Date.now`. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** A sandbox in which a pod still ran. */
  readonly onRemoved: (pod: string) => void;
}

type Sandbox = ListPodSandboxResponse['items'][number];

const ready = 0;
const hostNetwork = 2;
const running = 1;
const atOnce = 8;
/** The network of a pod is taken apart by an agent that may be a pod in the host's network: such pods wait this long for the others. */
const firstGroupMs = 60_000;
const pauseMs = 2_000;
const callMs = 60_000;
/** A list is quick, and the last one is asked when the time is over. */
const listMs = 4_000;
/** What a pod asks for by terminationGracePeriodSeconds, but no longer. */
const longestGraceSeconds = 30;
const graceAnnotation = 'io.kubernetes.pod.terminationGracePeriod';

/** Stops and removes every sandbox that Kubernetes has made; which are left. The kubelet must be stopped, or it makes them anew. */
export const removeSandboxes = async (client: CriClient, options: RemovalOptions): Promise<readonly Stuck[]> => {
  const reasons = new Map<string, string>();
  const firstUntil = Math.min(options.until, Date.now() + firstGroupMs);
  const deadline = () => new Date(Math.min(options.until, Date.now() + callMs));
  for (;;) {
    const { items } = await call(client, listPodSandboxMethod, {}, new Date(Date.now() + listMs));
    const ours = items.filter(mayGo);
    const isOver = options.signal.aborted || Date.now() >= options.until;
    if (ours.length === 0 || isOver) return items.map(sandbox => stuckOne(sandbox, reasons));
    const modes = await Promise.all(ours.map(sandbox => isInHostNetwork(client, sandbox, deadline())));
    const first = ours.filter((_, index) => modes[index] === false);
    const group = first.length > 0 && Date.now() < firstUntil ? first : ours;
    const failed = await inTurn(group, async sandbox => {
      const reason = await removeOne(client, sandbox, deadline);
      // What is left of pods that have ended goes too, without a word.
      if (reason === undefined && sandbox.state === ready) options.onRemoved(podOf(sandbox));
      if (reason !== undefined) reasons.set(sandbox.id, reason);
      return reason !== undefined;
    });
    if (failed) await delay(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
};

const podName = 'io.kubernetes.pod.name';
/** Made by a kubelet, or by a proof of ours. */
const mayGo = (sandbox: Sandbox): boolean => sandbox.labels[podName] !== undefined || isProof(sandbox);
const podOf = ({ id, labels }: Sandbox): string =>
  labels[podName] === undefined ? id.slice(0, 13) : `${labels['io.kubernetes.pod.namespace'] ?? ''}/${labels[podName]}`;

const stuckOne = (sandbox: Sandbox, reasons: ReadonlyMap<string, string>): Stuck => ({
  pod: podOf(sandbox),
  reason: mayGo(sandbox)
    ? (reasons.get(sandbox.id) ?? 'there was no time left')
    : 'it was not made by a kubelet, and is left to whoever made it',
});

const isInHostNetwork = async (client: CriClient, { id }: Sandbox, deadline: Date): Promise<boolean> => {
  try {
    const { status } = await call(client, podSandboxStatusMethod, { podSandboxId: id }, deadline);
    return status?.linux?.namespaces?.options?.network === hostNetwork;
  } catch {
    // It is gone, or cannot be told: it goes with the first.
    return false;
  }
};

/** Undefined, or why it is still there. */
const removeOne = async (client: CriClient, { id }: Sandbox, deadline: () => Date): Promise<string | undefined> => {
  try {
    await stopContainers(client, id, deadline);
    await call(client, stopPodSandboxMethod, { podSandboxId: id }, deadline());
    await call(client, removePodSandboxMethod, { podSandboxId: id }, deadline());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** StopPodSandbox kills at once; a database or a log shipper gets the time that its pod asked for. */
const stopContainers = async (client: CriClient, id: string, deadline: () => Date): Promise<void> => {
  const { containers } = await call(client, listContainersMethod, { filter: { podSandboxId: id } }, deadline());
  await Promise.all(
    containers
      .filter(({ state }) => state === running)
      .map(container =>
        call(client, stopContainerMethod, { containerId: container.id, timeout: graceOf(container) }, deadline()),
      ),
  );
};

const graceOf = ({ annotations }: { readonly annotations: Readonly<Record<string, string>> }): number => {
  const seconds = Number(annotations[graceAnnotation] ?? longestGraceSeconds);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), longestGraceSeconds) : longestGraceSeconds;
};

/** A few at a time; whether any said yes. */
const inTurn = async <T>(items: readonly T[], work: (item: T) => Promise<boolean>): Promise<boolean> => {
  const queue = [...items];
  let any = false;
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) any = (await work(item)) || any;
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return any;
};
