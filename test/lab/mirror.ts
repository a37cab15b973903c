import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BRIDGE_ADDRESS } from './settings.ts';

/** A mirror of distributions as regional ones are laid out, on the bridge. */
export interface PackageMirror {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Beginnings of paths that it does not have. */
  readonly missing: Set<string>;
  close(): Promise<void>;
}

/** `places`: directory below the mirror → where its content really is. */
export async function openPackageMirror(places: Readonly<Record<string, string>>): Promise<PackageMirror> {
  const requests: string[] = [];
  const missing = new Set<string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(decodeURIComponent(path));
    const [place, real] = Object.entries(places).find(([name]) => path.startsWith(`/${name}/`)) ?? [];
    const isMissing = [...missing].some(start => path.startsWith(start));
    if (place === undefined || isMissing) return void response.writeHead(path === '/' ? 200 : 404).end();
    get(`${real}${path.slice(place.length + 1)}`, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).on('error', () => response.writeHead(502).end());
  });
  await new Promise<void>(resolve => server.listen(0, BRIDGE_ADDRESS, resolve));
  return {
    url: `http://${BRIDGE_ADDRESS}:${(server.address() as AddressInfo).port}`,
    requests,
    missing,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
