import { afterEach, describe, expect, it } from 'vitest';
import { emptySandboxes } from '../../src/cri/empty-sandboxes.ts';
import { type FakeSandbox, startSandboxServer } from './sandbox-server.ts';
import { shellConnection } from './shell-connection.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const runtime = async (sandboxes: readonly FakeSandbox[]) => {
  const server = await startSandboxServer(sandboxes);
  closers.push(server.close);
  return server;
};

describe('emptying a node over CRI', () => {
  it('is over at once where nothing is', async () => {
    const { path, calls } = await runtime([]);
    expect(await emptySandboxes(shellConnection(), path, {})).toEqual({ empty: true, removed: [] });
    expect(calls).toEqual([]);
  });

  it('takes pods with a network of their own before those in the network of the host', async () => {
    const { path, calls } = await runtime([
      { id: 'agent', pod: 'cni-agent', hostNetwork: true },
      { id: 'web', pod: 'web' },
      { id: 'proxy', pod: 'kube-proxy', hostNetwork: true },
      { id: 'log', pod: 'log', failures: 1 },
      { id: 'old', pod: 'evicted', ended: true },
    ]);
    const seen: string[] = [];
    const emptied = await emptySandboxes(shellConnection(), path, { onRemoved: pod => seen.push(pod) });
    expect(emptied).toEqual({ empty: true, removed: ['shop/web', 'shop/log', 'shop/cni-agent', 'shop/kube-proxy'] });
    expect(seen).toEqual(emptied.removed);
    expect(calls.filter(call => call.startsWith('remove'))).toEqual([
      'remove web',
      'remove old',
      'remove log',
      'remove agent',
      'remove proxy',
    ]);
  });

  it('gives a container the time that its pod asked for, up to half a minute', async () => {
    const { path, calls } = await runtime([
      { id: 'etcd', pod: 'etcd', grace: 12 },
      { id: 'slow', pod: 'slow', grace: 3_600 },
      { id: 'done', pod: 'done' },
    ]);
    await emptySandboxes(shellConnection(), path, {});
    expect(calls.filter(call => call.startsWith('end'))).toEqual(['end c-etcd 12', 'end c-slow 30']);
    expect(calls.indexOf('end c-etcd 12')).toBeLessThan(calls.indexOf('stop etcd'));
  });

  it('names what stays, and why, when the time is over', async () => {
    const { path, calls } = await runtime([
      { id: 'bad', pod: 'bad', failures: 1_000 },
      { id: 'good', pod: 'good' },
    ]);
    const emptied = await emptySandboxes(shellConnection(), path, { timeoutMs: 8_000 });
    expect(emptied).toMatchObject({ empty: false, removed: ['shop/good'] });
    expect(emptied.reason).toMatch(/^shop\/bad: .*failed to destroy network$/);
    expect(calls).toContain('remove good');
  });

  it('leaves what no kubelet has made, and names it', async () => {
    const { path, calls } = await runtime([{ id: '0123456789abcdef' }]);
    const emptied = await emptySandboxes(shellConnection(), path, {});
    expect(emptied).toMatchObject({ empty: false, removed: [] });
    expect(emptied.reason).toContain('0123456789abc: it was not made by a kubelet');
    expect(calls).toEqual([]);
  });

  it('stops when nobody waits for it any more', async () => {
    const { path } = await runtime([{ id: 'bad', pod: 'bad', failures: 1_000 }]);
    const controller = new AbortController();
    const emptied = emptySandboxes(shellConnection(), path, { signal: controller.signal });
    controller.abort();
    expect(await emptied).toEqual({ empty: false, removed: [], reason: 'interrupted' });
  });

  it('says that the runtime is not there', async () => {
    const emptied = await emptySandboxes(shellConnection(), '/nowhere/runtime.sock', {});
    expect(emptied).toEqual({ empty: false, removed: [], reason: 'there is no such socket' });
  });
});
