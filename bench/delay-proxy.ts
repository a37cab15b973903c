import { connect, createServer, type Server, type Socket } from 'node:net';

export interface DelayProxy {
  readonly port: number;
  close(): void;
}

/** Every block arrives `delayMs` later, in order; so does the end. */
const forward = (from: Socket, to: Socket, delayMs: number): void => {
  from.on('data', block => setTimeout(() => to.writable && to.write(block), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), delayMs + 50));
};

const listen = (server: Server, address: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, 1024, () => {
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') resolve(bound.port);
      else reject(new Error('the proxy has no address'));
    });
  });

const proxyTo = (address: string, target: number, delayMs: number): Server =>
  createServer({ allowHalfOpen: true, noDelay: true }, near => {
    near.pause();
    setTimeout(() => {
      const far = connect({ host: address, port: target, allowHalfOpen: true, noDelay: true });
      forward(near, far, delayMs);
      forward(far, near, delayMs);
      near.resume();
    }, delayMs);
  });

/**
 * A TCP proxy on loopback that adds latency in both directions; netem is not in every kernel. Making the connection costs a round trip
 * too: nothing is passed on before it would have been made.
 */
export const startDelayProxy = async (
  addresses: readonly string[],
  target: number,
  delayMs: number,
): Promise<DelayProxy> => {
  const servers = addresses.map(address => proxyTo(address, target, delayMs));
  let port = 0;
  for (const [index, server] of servers.entries()) port = await listen(server, addresses[index] ?? '', port);
  return {
    port,
    close: () => {
      for (const server of servers) server.close();
    },
  };
};
