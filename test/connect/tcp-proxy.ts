import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes, and nobody is told: a host that lost its power. */
  freeze(): void;
  close(): Promise<void>;
}

export const startProxy = async (targetPort: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let frozen = false;
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', chunk => void (frozen || to.write(chunk)));
    from.on('error', () => undefined);
    from.on('close', () => void (frozen || to.destroy()));
  };
  const server = createServer({ noDelay: true }, client => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    forward(client, target);
    forward(target, client);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      frozen = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
};
