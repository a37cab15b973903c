// The lab's package front: a small caching server on the bridge, so that nodes need no route out.
// It runs as a process of its own (see front.ts) because it outlives the tests that start it.
import { spawn } from 'node:child_process';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join, normalize } from 'node:path';

interface FrontConfig {
  address: string;
  port: number;
  cache: string;
  /** First path segment → mirror. */
  mirrors: Record<string, string>;
}

// A release file names the lists that belong to it; the lists (by hash) and packages never change.
const RELEASE_FILE_TTL_MS = 10 * 60_000;
const config = JSON.parse(process.argv[2] ?? '{}') as FrontConfig;
const downloads = new Map<string, Promise<boolean>>();
const fetchedAt = new Map<string, number>();

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    if (!response.headersSent) response.writeHead(502);
    response.end(String(error));
  });
});
server.on('error', error => {
  console.error(error.message);
  process.exit(1);
});
server.listen(config.port, config.address);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
  if (path === '/-/health') return void response.end(String(process.pid));
  const [, name = '', ...rest] = path.split('/');
  const mirror = config.mirrors[name];
  if (mirror === undefined || rest.length === 0 || path.includes('..')) return notFound(response);
  const file = join(config.cache, name, ...rest);
  if (!(await isCached(file)) && !(await download(`${mirror}/${rest.map(encodeURIComponent).join('/')}`, file))) {
    return notFound(response);
  }
  await send(file, request, response);
}

async function isCached(file: string): Promise<boolean> {
  if (!(await statOf(file))?.isFile()) return false;
  if (/\/(pool|by-hash)\//.test(file)) return true;
  return Date.now() - (fetchedAt.get(file) ?? 0) < RELEASE_FILE_TTL_MS;
}

function download(url: string, file: string): Promise<boolean> {
  const running = downloads.get(file);
  if (running !== undefined) return running;
  const started = fetchWithApt(url, file).finally(() => downloads.delete(file));
  downloads.set(file, started);
  return started;
}

// apt's own downloader: the machine's proxy, credentials and certificates count here as they do for its apt.
async function fetchWithApt(url: string, file: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  const said = await aptHelper([
    '-o',
    'APT::Sandbox::User=root',
    '-o',
    'Acquire::Retries=3',
    'download-file',
    url,
    part,
  ]);
  if (said !== undefined) {
    await rm(part, { force: true });
    if (/\b404\b/.test(said)) return false;
    throw new Error(said);
  }
  await rename(part, file);
  fetchedAt.set(file, Date.now());
  return true;
}

/** Gives undefined when the file came, else what apt-helper said. */
function aptHelper(args: string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/lib/apt/apt-helper', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', code => resolve(code === 0 ? undefined : said));
  });
}

async function send(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const info = await stat(file);
  const seconds = Math.floor(info.mtimeMs / 1000) * 1000;
  const known = Date.parse(request.headers['if-modified-since'] ?? '');
  if (seconds <= known) return void response.writeHead(304).end();
  response.writeHead(200, { 'content-length': info.size, 'last-modified': new Date(seconds).toUTCString() });
  if (request.method === 'HEAD') return void response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function notFound(response: ServerResponse): void {
  response.writeHead(404).end('not found\n');
}

async function statOf(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined);
}
