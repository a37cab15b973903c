import { isAway } from '../../cluster/away.ts';
import type { ClusterClock } from '../../cluster/clock.ts';
import { NodeprepError } from '../../core/errors.ts';

export interface Patience {
  readonly clock: ClusterClock;
  /** How long an API server may be away. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const retryMs = 2_000;
/** An API server that has just started denies what it will allow: it has not loaded its roles yet. */
const deniedMs = 30_000;

/** Asks again while the API server is away: a short outage in the middle of a node's work must not leave the node half-way. */
export const patiently = async <T>(ask: () => Promise<T>, { clock, timeoutMs, signal }: Patience): Promise<T> => {
  const end = clock.now() + timeoutMs;
  let denied: number | undefined;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NodeprepError)) throw error;
      denied = error.code === 'cluster-denied' ? (denied ?? clock.now()) : undefined;
      const isStarting = denied !== undefined && clock.now() - denied < deniedMs;
      if (!(isAway(error) || isStarting) || signal?.aborted === true || clock.now() >= end) throw error;
    }
    await clock.sleep(retryMs, signal);
  }
};
