/** Runs at most `width` at the same time, in the order in which they were asked for. */
export const createLimit = (width: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async work => {
    if (running >= width) await new Promise<void>(resolve => void waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
};
