// What stands before several API servers: passes connections on to those that answer. A process of its own, see static-pods.ts.
import { get } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

interface Balancer {
  readonly address: string;
  readonly port: number;
  readonly backends: readonly string[];
}

const CHECK_MS = 500;
const ANSWER_MS = 2000;
const FAILURES = 2;
const { address, port, backends } = JSON.parse(process.argv[2] ?? '{}') as Balancer;
// Nobody is asked for before the first good answer.
const failed = new Map<string, number>(backends.map(backend => [backend, FAILURES]));
const open = new Map<string, Set<Socket>>(backends.map(backend => [backend, new Set()]));
let turn = 0;

const server = createServer(client => {
  const healthy = backends.filter(backend => (failed.get(backend) ?? 0) < FAILURES);
  const backend = healthy[turn++ % healthy.length];
  if (backend === undefined) {
    client.destroy();
    return;
  }
  const upstream = connect({ host: backend, port });
  const end = (): void => {
    client.destroy();
    upstream.destroy();
    open.get(backend)?.delete(upstream);
  };
  open.get(backend)?.add(upstream);
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  client.pipe(upstream).pipe(client);
});

// A backend that lost its power closes nothing: its connections are cut here, so that clients go to another one.
async function check(backend: string): Promise<void> {
  const failures = (await isReady(backend)) ? 0 : (failed.get(backend) ?? 0) + 1;
  failed.set(backend, failures);
  if (failures < FAILURES) return;
  for (const socket of open.get(backend) ?? []) socket.destroy();
}

function isReady(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const options = { host, port, path: '/readyz', rejectUnauthorized: false, agent: false, timeout: ANSWER_MS };
    const call = get(options, answer => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
}

async function watch(backend: string): Promise<never> {
  for (;;) {
    await check(backend);
    await setTimeout(CHECK_MS);
  }
}

for (const backend of backends) void watch(backend);
server.listen(port, address);
