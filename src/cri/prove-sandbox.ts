import type { Connection } from '../connect/connection.ts';
import { escapeLine } from '../core/escape.ts';
import type { SandboxProof, SandboxWish } from '../core/sandbox-proof.ts';
import { cgroupsOf } from './cgroup-of.ts';
import type { CriClient } from './client.ts';
import { type BridgeOptions, overBridge } from './over-bridge.ts';

export interface ProofOptions extends Omit<BridgeOptions, 'timeoutMs'> {
  /** For everything together: the host program waits for the answer meanwhile. */
  readonly timeoutMs?: number;
}

/** With what is looked at before, below what a hold waits. Each further handler starts a sandbox of its own. */
export const proofMs = ({ handlers = [] }: Pick<SandboxWish, 'handlers'>): number => 120_000 + 30_000 * handlers.length;
/** To tidy up before the bridge is cut. */
const spareMs = 25_000;

const withClient = async <T>(path: string, talk: (client: CriClient) => Promise<T>): Promise<T> => {
  const { openClient } = await import('./client.ts');
  const client = openClient(path);
  try {
    return await talk(client);
  } finally {
    client.close();
  }
};

/**
 * Starts a real pod sandbox in the host's network through CRI, looks where the host has put it, and removes it (design
 * 3.11). Sandboxes of proofs that were killed go first. Whatever goes wrong is an answer with its reason; this never throws.
 * `lost` tells that nobody answered: the connection may be gone.
 */
export const proveSandbox = async (
  connection: Connection,
  socketPath: string,
  wish: SandboxWish,
  { timeoutMs = proofMs(wish), ...options }: ProofOptions = {},
): Promise<SandboxProof & { readonly lost?: true }> => {
  if (connection.replay !== undefined) {
    return { outcome: wish.mode === 'auto' ? 'skipped' : 'failed', reason: 'a recorded host starts no sandbox' };
  }
  const until = Date.now() + timeoutMs - spareMs;
  const talked = await overBridge(connection, socketPath, { ...options, timeoutMs }, async path => {
    const { runProof } = await import('./run-proof.ts');
    const where = (id: string, signal: AbortSignal) => cgroupsOf(connection, id, signal);
    return withClient(path, client => runProof(client, where, wish, until));
  });
  if (!talked.held) return { outcome: 'failed', reason: talked.reason, lost: true };
  const proof = talked.value;
  return proof.outcome === 'ran' ? proof : { ...proof, reason: escapeLine(proof.reason, 500) };
};

/** What proofs left that were killed in between; how many went. Throws nothing: what stays is found by the next check. */
export const removeProofs = async (
  connection: Connection,
  socketPath: string,
  signal: AbortSignal,
): Promise<number> => {
  if (connection.replay !== undefined) return 0;
  const talked = await overBridge(connection, socketPath, { timeoutMs: 40_000, signal }, async path => {
    const { removeLeftProofs } = await import('./run-proof.ts');
    return withClient(path, client => removeLeftProofs(client));
  });
  return talked.held ? talked.value : 0;
};
