import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BRIDGE_ADDRESS } from '../settings.ts';

export interface FileServer {
  /** `http://ADDRESS:PORT` */
  readonly root: string;
  /** Path → what is there. */
  readonly texts: Map<string, string>;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** Path → another answer than the right one: a text, or 404. */
  readonly instead: Map<string, string | 404>;
  close(): Promise<void>;
}

/** Files over HTTP on the bridge; `fileAt` says which file is at a path that has no text. */
export async function serveFiles(fileAt: (path: string) => string | undefined): Promise<FileServer> {
  const texts = new Map<string, string>();
  const instead = new Map<string, string | 404>();
  const requests: string[] = [];
  let root = `http://${BRIDGE_ADDRESS}`;
  const server = createServer((request, response) => {
    const asked = request.url ?? '/';
    const path = decodeURIComponent(new URL(asked, root).pathname);
    requests.push(path);
    // Asked as a proxy it gives what there is.
    const other = asked.startsWith('/') ? instead.get(path) : undefined;
    const text = other ?? texts.get(path);
    if (text !== undefined && text !== 404) return void response.end(text);
    const file = text === 404 ? undefined : fileAt(path);
    if (file !== undefined) return void response.end(readFileSync(file));
    response.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(0, BRIDGE_ADDRESS, resolve));
  root = `http://${BRIDGE_ADDRESS}:${(server.address() as AddressInfo).port}`;
  return {
    root,
    texts,
    requests,
    instead,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
