/** Things that are used by one at a time; whoever finds none free waits for the next. */
export interface Queue<T> {
  use<R>(work: (thing: T) => Promise<R>): Promise<R>;
}

export const createQueue = <T>(things: readonly T[]): Queue<T> => {
  const free = [...things];
  const waiting: ((thing: T) => void)[] = [];
  const take = (): Promise<T> => {
    const thing = free.shift();
    return thing === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(thing);
  };
  const give = (thing: T): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(thing);
    else next(thing);
  };
  return {
    use: async work => {
      const thing = await take();
      try {
        return await work(thing);
      } finally {
        give(thing);
      }
    },
  };
};
