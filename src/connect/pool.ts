export const DEFAULT_WIDTH = 32;

/** Runs `work` for every item, at most `width` at a time. Results keep the order of the items; a failure is a result like any other. */
export const mapHosts = async <T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly PromiseSettledResult<R>[]> => {
  const results: PromiseSettledResult<R>[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    // Every worker takes from the same iterator, so each item is taken once.
    for (const [index, item] of queue) {
      results[index] = await settle(() => work(item, index));
    }
  };
  const workers = Math.max(1, Math.min(Math.floor(width), items.length));
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
};

const settle = async <R>(work: () => Promise<R>): Promise<PromiseSettledResult<R>> => {
  try {
    return { status: 'fulfilled', value: await work() };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
};
