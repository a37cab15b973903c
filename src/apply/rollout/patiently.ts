import type { ClusterClock } from '../../cluster/clock.ts';
import { NodeprepError } from '../../core/errors.ts';

export interface Patience {
  readonly clock: ClusterClock;
  /** How long an API server may be away. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const retryMs = 2_000;

/** Asks again while the API server is away: a short outage in the middle of a node's work must not leave the node half-way. */
export const patiently = async <T>(ask: () => Promise<T>, { clock, timeoutMs, signal }: Patience): Promise<T> => {
  const end = clock.now() + timeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isAway = error instanceof NodeprepError && error.code === 'cluster-unreachable';
      if (!isAway || signal?.aborted === true || clock.now() >= end) throw error;
    }
    await clock.sleep(retryMs, signal);
  }
};
