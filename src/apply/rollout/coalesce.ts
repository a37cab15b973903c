/**
 * One question at a time for however many ask: whoever asks while one is under way shares the next, so that every answer
 * is younger than its question. Nodes of a batch look at the whole cluster at about the same moment.
 */
export const coalesce = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    const started = ask();
    running = started
      .catch(() => undefined)
      .then(() => {
        if (next === undefined) running = undefined;
      });
    return started;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(() => {
      next = undefined;
      return start();
    });
    return next;
  };
};
