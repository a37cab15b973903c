import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrivateSocket {
  readonly path: string;
  /** The one peer; later ones are turned away. */
  readonly peer: Promise<Socket>;
  close(): Promise<void>;
}

/**
 * grpc-js connects only to an address, so the bytes go through a socket of our own. Its directory is 0700 (mkdtemp):
 * no other user can speak to the runtime through it, as one could through a port on localhost.
 */
export const openPrivateSocket = async (): Promise<PrivateSocket> => {
  const directory = await mkdtemp(join(tmpdir(), 'nodeprep-cri-'));
  const path = join(directory, 'cri.sock');
  let accept: (socket: Socket) => void = () => {};
  const peer = new Promise<Socket>(resolve => {
    accept = resolve;
  });
  const server = createServer({ allowHalfOpen: false }, socket => {
    server.close();
    accept(socket);
  });
  server.maxConnections = 1;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    path,
    peer,
    close: async () => {
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
