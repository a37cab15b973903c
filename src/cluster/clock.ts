import { setTimeout as delay } from 'node:timers/promises';

/** Time as it passes here: `now` is monotonic milliseconds, `date` the wall clock, which nothing is decided by. */
export interface ClusterClock {
  now(): number;
  date(): Date;
  /** Ends early, without an error, once the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: ClusterClock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: async (milliseconds, signal) => {
    try {
      await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};
