import type { Writable } from 'node:stream';
import type { Access, Session } from './connection.ts';
import type { Marks } from './elevation.ts';
import type { ByteReader, HostProcess, Tail } from './host-process.ts';

/** A process whose conversation about root is over or about to begin. */
export interface Opened {
  readonly process: HostProcess;
  readonly stdout: ByteReader;
  readonly stderr: Tail;
  readonly marks: Marks;
}

export const sessionOf = ({ process, stdout, stderr, marks }: Opened, access: Access): Session => {
  const mark = marks.left + marks.right;
  return {
    access,
    stdout: bytesOf(stdout, process),
    stderr: () => afterLastLine(stderr.text(), mark),
    write: bytes => void process.stdin.write(bytes),
    drained: () => drained(process.stdin),
    endInput: () => void process.stdin.end(),
    exit: process.exit,
    close: () => process.close(),
  };
};

export const drained = (stream: Writable): Promise<void> =>
  new Promise(resolve => {
    if (!stream.writableNeedDrain || stream.destroyed) {
      resolve();
      return;
    }
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });

async function* bytesOf(reader: ByteReader, process: HostProcess): AsyncGenerator<Buffer> {
  let complete = false;
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) yield chunk;
    complete = true;
  } finally {
    if (!complete) process.close();
  }
}

const afterLastLine = (text: string, mark: string): string => {
  const at = text.lastIndexOf(mark);
  return at < 0 ? text : text.slice(text.indexOf('\n', at) + 1);
};
