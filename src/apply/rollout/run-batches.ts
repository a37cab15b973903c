/** Why no further host is begun. */
export interface Stop {
  readonly code: 'rollout-stopped' | 'interrupted';
  readonly reason: string;
  /** What hosts that were not begun are: refused by a rule, or skipped because of what happened before. */
  readonly state: 'refused' | 'skipped';
}

export interface Batch {
  readonly hosts: readonly string[];
}

export interface BatchesOptions<B extends Batch, R> {
  readonly batches: readonly B[];
  /** Works on all hosts of a batch side by side. */
  readonly work: (batch: B) => Promise<readonly R[]>;
  readonly isFailure: (result: R) => boolean;
  /** The rollout stops once this many nodes have failed. */
  readonly maxFailures: number;
  /** Whether this batch may begin now: window, lock, interrupt, health of control planes, nodes that went away meanwhile. */
  readonly mayBegin: (batch: B) => Promise<Stop | undefined>;
  /** Between two batches. */
  readonly pause: () => Promise<Stop | undefined>;
}

export interface BatchesEnd<R> {
  readonly results: readonly R[];
  readonly stopped: Stop | undefined;
  /** In the order in which they would have come. */
  readonly notBegun: readonly string[];
}

/** Batch after batch; the next one begins when all of the last one is settled. */
export const runBatches = async <B extends Batch, R>(options: BatchesOptions<B, R>): Promise<BatchesEnd<R>> => {
  const results: R[] = [];
  let failures = 0;
  for (const [index, batch] of options.batches.entries()) {
    const stopped =
      tooMany(failures, options.maxFailures) ??
      (index === 0 ? undefined : await options.pause()) ??
      (await options.mayBegin(batch));
    if (stopped !== undefined) {
      return { results, stopped, notBegun: options.batches.slice(index).flatMap(({ hosts }) => hosts) };
    }
    const done = await options.work(batch);
    results.push(...done);
    failures += done.filter(options.isFailure).length;
  }
  return { results, stopped: undefined, notBegun: [] };
};

const tooMany = (failures: number, most: number): Stop | undefined =>
  failures < most
    ? undefined
    : {
        code: 'rollout-stopped',
        reason: `${failures} ${failures === 1 ? 'node has' : 'nodes have'} failed (rollout.maxFailures: ${most})`,
        state: 'skipped',
      };
