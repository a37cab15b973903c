import type { ClusterClock } from './clock.ts';

export type Outcome<T, F> = { readonly answer: T } | { readonly failure: F };

/** `over` is aborted once nobody waits for it any more. */
export type Attempt<T, F> = (over: AbortSignal) => Promise<Outcome<T, F>>;

export interface Turns {
  /** Whoever has said nothing for so long is joined by the next. */
  readonly joinAfterMs: number;
  readonly clock: Pick<ClusterClock, 'sleep'>;
}

/** Tries one after the other, and the next beside those that say nothing: the first answer counts. Else what went wrong with each. */
export const firstAnswer = async <T, F>(
  attempts: readonly Attempt<T, F>[],
  { joinAfterMs, clock }: Turns,
): Promise<{ readonly answer: T } | { readonly failures: readonly F[] }> => {
  const over = new AbortController();
  const waiting = [...attempts];
  const running = new Map<Attempt<T, F>, Promise<readonly [Attempt<T, F>, Outcome<T, F>]>>();
  const failures: F[] = [];
  try {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined)
        running.set(
          next,
          next(over.signal).then(outcome => [next, outcome] as const),
        );
      if (running.size === 0) return { failures };
      const silence = waiting.length === 0 ? [] : [clock.sleep(joinAfterMs, over.signal)];
      const ended = await Promise.race([...running.values(), ...silence]);
      if (ended === undefined) continue;
      const [attempt, outcome] = ended;
      if ('answer' in outcome) return outcome;
      running.delete(attempt);
      failures.push(outcome.failure);
    }
  } finally {
    over.abort();
  }
};
