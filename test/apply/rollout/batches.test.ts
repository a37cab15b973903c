import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { passGate } from '../../../src/apply/rollout/gate.ts';
import { type BatchesOptions, runBatches } from '../../../src/apply/rollout/run-batches.ts';
import { fakeClock } from './fake-cluster.ts';

type Options = BatchesOptions<{ hosts: string[] }, string>;

const run = async (more: Partial<Options> = {}) => {
  const log: string[] = [];
  const end = await runBatches<{ hosts: string[] }, string>({
    batches: [{ hosts: ['a'] }, { hosts: ['b', 'c'] }, { hosts: ['d'] }],
    work: async ({ hosts }) => {
      log.push(hosts.join('+'));
      return hosts;
    },
    isFailure: () => false,
    maxFailures: 1,
    mayBegin: async () => undefined,
    pause: async () => {
      log.push('pause');
      return undefined;
    },
    ...more,
  });
  return { ...end, log };
};

describe('runBatches', () => {
  it('goes batch by batch, with a pause between two', async () => {
    const { log, results, stopped } = await run();
    expect(log).toEqual(['a', 'pause', 'b+c', 'pause', 'd']);
    expect(results).toEqual(['a', 'b', 'c', 'd']);
    expect(stopped).toBeUndefined();
  });

  it('stops after the batch in which too many failed, without a pause', async () => {
    const { log, notBegun, stopped } = await run({ isFailure: host => host === 'b' });
    expect(log).toEqual(['a', 'pause', 'b+c']);
    expect(notBegun).toEqual(['d']);
    expect(stopped).toEqual({
      code: 'rollout-stopped',
      reason: '1 node has failed (rollout.maxFailures: 1)',
      state: 'skipped',
    });
  });

  it('goes on while fewer have failed', async () => {
    expect((await run({ isFailure: host => host === 'a', maxFailures: 2 })).results).toHaveLength(4);
  });

  it('does not begin a batch that may not begin', async () => {
    const stop = { code: 'rollout-stopped', reason: 'the window is closed', state: 'refused' } as const;
    const { log, notBegun, stopped } = await run({
      mayBegin: async ({ hosts }) => (hosts.includes('b') ? stop : undefined),
    });
    expect(log).toEqual(['a', 'pause']);
    expect({ notBegun, stopped }).toEqual({ notBegun: ['b', 'c', 'd'], stopped: stop });
  });
});

describe('the gate', () => {
  const options = () => ({ clock: fakeClock(), signal: new AbortController().signal, tell: () => undefined });

  it('a time', async () => {
    const with_ = options();
    expect(await passGate({ kind: 'time', ms: 30_000 }, with_)).toBeUndefined();
    expect(with_.clock.now()).toBe(30_000);
  });

  it('a command that ends with 0', async () =>
    expect(await passGate({ kind: 'command', argv: ['true'], timeoutMs: 10_000 }, options())).toBeUndefined());

  it.each([
    [['sh', '-c', 'echo loading; echo not yet >&2; exit 7'], 'exit 7 not yet'],
    [['/no/such/program'], 'ENOENT'],
  ])('a command that says no: %j', async (argv, words) =>
    expect(await passGate({ kind: 'command', argv, timeoutMs: 10_000 }, options())).toMatchObject({
      code: 'rollout-stopped',
      reason: expect.stringContaining(words),
    }),
  );

  it('a URL that answers 2xx at last, and one that never does', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      response.writeHead(request.url === '/ready' && asked > 2 ? 204 : 503).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = (path: string) => `http://127.0.0.1:${port}${path}`;
    expect(await passGate({ kind: 'http', url: url('/ready'), timeoutMs: 60_000 }, options())).toBeUndefined();
    expect(await passGate({ kind: 'http', url: url('/never'), timeoutMs: 60_000 }, options())).toMatchObject({
      reason: expect.stringContaining('did not open within 60 s: HTTP 503'),
    });
    server.close();
    expect(await passGate({ kind: 'http', url: url('/gone'), timeoutMs: 1_000 }, options())).toMatchObject({
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
