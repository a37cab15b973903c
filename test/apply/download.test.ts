import { createServer, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDownload } from '../../src/apply/download.ts';
import { createInterrupts } from '../../src/commands/interrupts.ts';

const servers: Server[] = [];
const listen = async (answer: RequestListener): Promise<Server> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
};
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('openDownload', () => {
  let origin: string;
  let proxied: string[];
  let proxy: string;

  beforeEach(async () => {
    proxied = [];
    const served = await listen((_, response) => {
      response.writeHead(200, { 'content-length': 5 }).end('hello');
    });
    origin = `http://127.0.0.1:${portOf(served)}`;
    // A forwarding proxy may be asked either way (RFC 9110, 9.3.6 and RFC 9112, 3.2.2).
    const forwarding = await listen((asked, response) => {
      proxied.push(asked.url ?? '');
      request(asked.url ?? '', answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }).end();
    });
    forwarding.on('connect', (asked, socket) => {
      proxied.push(asked.url ?? '');
      const [host, port] = (asked.url ?? '').split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
    });
    proxy = `http://127.0.0.1:${portOf(forwarding)}`;
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']) {
      vi.stubEnv(name, undefined);
    }
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  const textOf = async (url: string) => {
    const { ok, bytes, body } = await openDownload(url);
    const blocks: Uint8Array[] = [];
    for await (const block of body ?? []) blocks.push(block);
    return { ok, bytes, text: Buffer.concat(blocks).toString() };
  };
  const hello = { ok: true, bytes: 5, text: 'hello' };

  it('goes straight where no proxy is named', async () => {
    expect(await textOf(`${origin}/a`)).toEqual(hello);
    expect(proxied).toEqual([]);
  });

  it('takes the signal that a command hands out, as it is', async () => {
    const { signal } = createInterrupts(
      () => undefined,
      () => undefined,
    );
    const { ok, body } = await openDownload(`${origin}/a`, { signal });
    await body?.[Symbol.asyncIterator]().next();
    expect(ok).toBe(true);
  });

  it.each(['HTTP_PROXY', 'http_proxy'])('goes through the proxy that %s names', async name => {
    vi.stubEnv(name, proxy);
    expect(await textOf(`${origin}/a`)).toEqual(hello);
    expect(proxied).toEqual([expect.stringContaining(new URL(origin).host)]);
  });

  it('goes straight where NO_PROXY says so', async () => {
    vi.stubEnv('HTTP_PROXY', proxy);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    expect(await textOf(`${origin}/a`)).toEqual(hello);
    expect(proxied).toEqual([]);
  });
});
