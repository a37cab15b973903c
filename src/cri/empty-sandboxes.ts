import type { Connection } from '../connect/connection.ts';
import { escapeLine } from '../core/escape.ts';
import { type BridgeOptions, overBridge } from './over-bridge.ts';

export interface EmptyOptions extends Omit<BridgeOptions, 'timeoutMs'> {
  /** For everything together: less than the host's hold waits. */
  readonly timeoutMs?: number;
  /** `shop/cart-5f7d`, as it goes. */
  readonly onRemoved?: (pod: string) => void;
}

export interface Emptied {
  /** Whether the runtime has no sandbox left. */
  readonly empty: boolean;
  /** Pods that still ran. */
  readonly removed: readonly string[];
  /** Where not empty: which stayed and why, or why the runtime could not be asked. */
  readonly reason?: string;
}

const defaultTimeoutMs = 240_000;
/** The last answer must come before the bridge is cut. */
const spareMs = 5_000;

/**
 * Stops and removes, over CRI, every sandbox that Kubernetes has on the host, DaemonSets' and static pods' too: those with a
 * network of their own first. The kubelet must be stopped by then. Whatever goes wrong is a reason; this never throws.
 */
export const emptySandboxes = async (
  connection: Connection,
  socketPath: string,
  { timeoutMs = defaultTimeoutMs, onRemoved = () => undefined, ...options }: EmptyOptions,
): Promise<Emptied> => {
  const removed: string[] = [];
  const until = Date.now() + timeoutMs - spareMs;
  const signal = options.signal ?? new AbortController().signal;
  const talked = await overBridge(connection, socketPath, { ...options, timeoutMs }, async path => {
    const [{ openClient }, { removeSandboxes }] = await Promise.all([
      import('./client.ts'),
      import('./remove-sandboxes.ts'),
    ]);
    const client = openClient(path);
    const told = (pod: string) => {
      removed.push(pod);
      onRemoved(pod);
    };
    try {
      return await removeSandboxes(client, { until, signal, onRemoved: told });
    } finally {
      client.close();
    }
  });
  if (!talked.held) return { empty: false, removed, reason: talked.reason };
  if (talked.value.length === 0) return { empty: true, removed };
  const reason = talked.value.map(stuck => `${stuck.pod}: ${stuck.reason}`).join('; ');
  return { empty: false, removed, reason: escapeLine(reason, 1_000) };
};
