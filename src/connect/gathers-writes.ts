import type { Writable } from 'node:stream';

/**
 * Writes of one turn leave together. ssh2 writes length, payload and tag of a packet one by one, and each write is a system call
 * here and a wake-up of the SSH server there.
 */
export const gathersWrites = <S extends Writable>(stream: S): S => {
  const write = stream.write.bind(stream);
  const gathered = (...args: Parameters<typeof write>): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...args);
  };
  return Object.assign(stream, { write: gathered });
};
