import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { LabNode } from '../../lab/index.ts';

/** A way to a node that can be cut, while others still reach the node. */
export interface Way {
  readonly port: number;
  /** What is connected is cut off; who comes again gets through. */
  drop(): void;
  /** The same, and from now on nobody gets through. */
  sever(): Promise<void>;
}

export const openWay = async ({ address, port }: Pick<LabNode, 'address' | 'port'>): Promise<Way> => {
  const sockets = new Set<Socket>();
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.pipe(to);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ noDelay: true }, client => {
    const target = connect({ port, host: address, noDelay: true });
    forward(client, target);
    forward(target, client);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    drop,
    sever: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        drop();
      }),
  };
};
