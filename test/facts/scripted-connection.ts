import { Readable } from 'node:stream';
import type { Access, Connection, ExitStatus, Session } from '../../src/connect/connection.ts';

export interface Script {
  /** What the host says to a program; `marker` is the one in the program. */
  readonly say: (marker: string) => Iterable<Buffer | string> | AsyncIterable<Buffer | string>;
  readonly exit?: ExitStatus;
  readonly access?: Access;
  readonly stderr?: string;
}

/** A host that answers as the test says, whatever it is asked. */
export const scriptedConnection = (script: Script): Connection & { readonly closed: () => boolean } => {
  let closed = false;
  return {
    host: 'scripted',
    address: '192.0.2.1',
    closed: () => closed,
    start: async program => {
      const marker = /^m=(\S+)$/m.exec(program)?.[1] ?? '';
      const stdout = Readable.from(script.say(marker), { objectMode: true }).map(chunk => Buffer.from(chunk));
      const session: Session = {
        access: script.access ?? { root: true, via: 'sudo' },
        stdout,
        stderr: () => script.stderr ?? '',
        write: () => {},
        drained: async () => undefined,
        endInput: () => {},
        exit: Promise.resolve(script.exit ?? { code: 0, signal: null }),
        close: () => {
          closed = true;
          stdout.destroy();
        },
      };
      return session;
    },
    close: async () => {},
  };
};
