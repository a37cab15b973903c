import type { Readable, Writable } from 'node:stream';
import type { ExitStatus } from './connection.ts';

/** A process on a host as SSH or the operating system gives it, before anything is known about root. */
export interface HostProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. */
  readonly exit: Promise<ExitStatus>;
  /** Asks the host to end it (SIGTERM to its process group); what it says and its exit still come. A host may ignore that. */
  terminate(): void;
  /** Lets go now; `exit` resolves even if the host never answers. */
  close(): void;
}

/** Pulls from a stream, so that what nobody reads stays on the host (SSH window, pipe) instead of in our memory. */
export interface ByteReader {
  /** undefined: the end. */
  next(): Promise<Buffer | undefined>;
  /** Puts bytes back in front. */
  unread(bytes: Buffer): void;
}

export const createByteReader = (stream: Readable): ByteReader => {
  let over = false;
  let wake: (() => void) | undefined;
  const pending: Buffer[] = [];
  stream.on('readable', () => {
    if (wake !== undefined) wake();
    // Without a reader the end of an empty stream would never be noticed, and ssh2 closes the channel only after it.
    else if (stream.readableLength === 0) stream.read();
  });
  const finish = (): void => {
    over = true;
    wake?.();
  };
  stream.once('end', finish).once('close', finish).once('error', finish);

  return {
    unread: bytes => {
      if (bytes.length > 0) pending.unshift(bytes);
    },
    async next() {
      for (;;) {
        const chunk: Buffer | null = pending.shift() ?? stream.read();
        if (chunk !== null) return chunk;
        if (over) return undefined;
        await new Promise<void>(resolve => {
          wake = resolve;
        });
        wake = undefined;
      }
    },
  };
};

/** The last bytes of a stream, read at once and bounded, so that a host cannot fill our memory through standard error. */
export interface Tail {
  text(): string;
}

export const createTail = (stream: Readable, limitBytes: number): Tail => {
  let chunks: Buffer[] = [];
  let sizeBytes = 0;
  const trim = (): Buffer => {
    const joined = Buffer.concat(chunks);
    const kept = joined.length > limitBytes ? Buffer.from(joined.subarray(joined.length - limitBytes)) : joined;
    chunks = [kept];
    sizeBytes = kept.length;
    return kept;
  };
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > 2 * limitBytes) trim();
  });
  return { text: () => trim().toString('utf8') };
};
