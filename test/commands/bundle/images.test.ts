import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchImages } from '../../../src/commands/bundle/images/fetch-images.ts';
import type { DesiredRuntime } from '../../../src/core/desired.ts';
import { desiredNode } from '../../desired.ts';

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const described = (content: Buffer) => ({ digest: digestOf(content), size: content.length });

const layer = gzipSync('a layer');
const config = json({ architecture: 'amd64', os: 'linux' });
const manifest = json({ schemaVersion: 2, config: described(config), layers: [described(layer)] });
const index = json({
  schemaVersion: 2,
  manifests: [
    { ...described(json({})), platform: { os: 'linux', architecture: 's390x' } },
    { ...described(manifest), platform: { os: 'linux', architecture: 'amd64' } },
  ],
});

let server: Server;
let url: string;
let directory: string;
/** Path → what is there; blobs are elsewhere, and everything wants a token but that. */
let contents: Map<string, Buffer>;
let requests: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-images-'));
  mkdirSync(join(directory, 'archives'));
  requests = [];
  contents = new Map([
    ['/v2/pause/manifests/3.10.1', index],
    [`/v2/pause/manifests/${digestOf(manifest)}`, manifest],
    [`/elsewhere/${digestOf(config)}`, config],
    [`/elsewhere/${digestOf(layer)}`, layer],
  ]);
  server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', url);
    requests.push(`${asked.pathname}${asked.search}`);
    if (asked.pathname === '/token') return void response.end(json({ token: `for ${asked.search}` }));
    if (asked.pathname.startsWith('/v2/') && request.headers.authorization === undefined) {
      const challenge = `Bearer realm="${url}/token",service="lab",scope="repository:pause:pull"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    const blob = /^\/v2\/pause\/blobs\/(.*)$/.exec(asked.pathname)?.[1];
    if (blob !== undefined) return void response.writeHead(307, { location: `/elsewhere/${blob}` }).end();
    const content = contents.get(asked.pathname);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

const fetched = (runtime: Partial<DesiredRuntime> = {}, machines: readonly string[] = ['x86_64']) => {
  const registries = [{ name: 'registry.invalid', mirrors: [url], ca: undefined, skipVerify: undefined }];
  const host = desiredNode({ runtime: { sandboxImage: 'registry.invalid/pause:3.10.1', registries, ...runtime } });
  return fetchImages([host, host], { directory, machines, signal: new AbortController().signal });
};

describe('the sandbox image of a bundle', () => {
  test('comes from the mirror, by token, list and manifest, once for each kind of machine', async () => {
    const [entry, ...others] = await fetched();
    expect(others).toEqual([]);
    const file = `archives/${digestOf(manifest).slice(7, 19)}-amd64.tar`;
    const content = readFileSync(join(directory, file));
    expect(entry).toEqual({
      ...{ image: 'registry.invalid/pause:3.10.1', machine: 'x86_64', digest: digestOf(manifest), file },
      ...{ source: `${url}/v2`, sha256: digestOf(content).slice(7), bytes: content.length },
    });
    expect(requests.filter(path => path.startsWith('/token'))).toEqual([
      '/token?service=lab&scope=repository%3Apause%3Apull',
    ]);
    expect(requests).toContain('/v2/pause/manifests/3.10.1?ns=registry.invalid');
  });

  test('is a file as `docker save` writes it', async () => {
    const [entry] = await fetched();
    const path = join(directory, entry?.file ?? '');
    const unpacked = (name: string): Buffer => execFileSync('tar', ['-xOf', path, name]);
    const [list] = JSON.parse(unpacked('manifest.json').toString()) as [Record<string, unknown>];
    expect(list).toEqual({
      Config: `${digestOf(config).slice(7)}.json`,
      RepoTags: ['registry.invalid/pause:3.10.1'],
      Layers: [`${digestOf(layer).slice(7)}.tar`],
    });
    expect(unpacked(`${digestOf(config).slice(7)}.json`)).toEqual(config);
    expect(unpacked(`${digestOf(layer).slice(7)}.tar`)).toEqual(layer);
  });

  test('is for what there is, where nobody says which machines the hosts are', async () => {
    expect((await fetched({}, [])).map(({ machine }) => machine)).toEqual(['x86_64']);
  });

  test('that the inventory names by file is not asked for', async () => {
    const sandboxImage = { source: { from: 'file', path: '/pause.tar' }, sha256: 'ab'.repeat(32) } as const;
    expect(await fetched({ archives: { sandboxImage } })).toEqual([]);
    expect(requests).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a part that is another one',
      () => {
        contents.set(`/elsewhere/${digestOf(layer)}`, Buffer.from('another'));
        return fetched();
      },
      /what came for sha256:[0-9a-f]{64} has the digest sha256:/,
    ],
    [
      'a manifest that is another one',
      () => {
        contents.set(`/v2/pause/manifests/${digestOf(manifest)}`, json({}));
        return fetched();
      },
      /what came for sha256:/,
    ],
    [
      'an image that is not there',
      () => fetched({ sandboxImage: 'registry.invalid/pause:4' }),
      /it answers 404 for pause\/manifests\/4/,
    ],
    ['none for these machines', () => fetched({}, ['aarch64']), /it has no image for linux\/arm64/],
    [
      'one that is named by its digest',
      () => fetched({ sandboxImage: `registry.invalid/pause@${digestOf(manifest)}` }),
      /named by its digest/,
    ],
    [
      'no manifest at all',
      () => {
        contents.set('/v2/pause/manifests/3.10.1', Buffer.from('<html>'));
        return fetched();
      },
      /it answers no manifest of an image/,
    ],
  ])('is told of: %s', async (_what, attempt, words) => {
    await expect(attempt()).rejects.toMatchObject({
      code: 'step-failed',
      message: expect.stringMatching(words),
      hint: expect.stringContaining('--without-images'),
    });
  });
});
