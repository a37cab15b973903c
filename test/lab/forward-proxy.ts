import { request as ask, createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { BRIDGE_ADDRESS } from './settings.ts';

/** A proxy on the bridge, for http and, by CONNECT, for https. */
export interface ForwardProxy {
  readonly url: string;
  readonly port: number;
  /** URLs, or `HOST:PORT` of a CONNECT, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

export async function openForwardProxy(): Promise<ForwardProxy> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const asked = request.url ?? '';
    requests.push(asked);
    if (!asked.startsWith('http://')) return void response.writeHead(400).end();
    const { method, headers } = request;
    const onwards = ask(asked, { method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.writeHead(502).end());
    request.pipe(onwards);
  });
  server.on('connect', (request: IncomingMessage, near: Socket) => {
    const asked = request.url ?? '';
    requests.push(asked);
    const { hostname, port } = new URL(`http://${asked}`);
    const far = connect(Number(port || 443), hostname, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, BRIDGE_ADDRESS, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${BRIDGE_ADDRESS}:${port}`,
    port,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
