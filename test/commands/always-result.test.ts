import { describe, expect, test } from 'vitest';
import { alwaysResult, type Telling } from '../../src/commands/always-result.ts';
import { printRun, toRun } from '../../src/commands/run-result.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import type { HostResult, PlannedChange } from '../../src/core/result.ts';
import { runSchema } from '../cli/result-schema.ts';
import { commonOptions, hostsNamed, testContext } from './support.ts';

const held = new NodeprepError('lock-held', 'run b by ops@ci-7 works on this cluster now', { hint: 'Wait for it.' });
const hosts = hostsNamed('worker-1', 'worker-2');
const about = {
  command: 'apply',
  runId: '20261121-021405-k3f9',
  startedAt: new Date('2026-11-21T02:14:05Z'),
  hosts,
} as const;

/** What a command says that ends like this, and whether it still fails. */
const ending = async (work: (telling: Telling) => Promise<number>, output: 'human' | 'json' = 'json') => {
  const context = testContext();
  const options = { ...commonOptions, output };
  const end = await alwaysResult({ ...about, options, context }, work).catch((error: unknown) => error);
  return { end, said: context.written.out };
};
const failing = (error: unknown) => async (): Promise<number> => {
  throw error;
};
const runOf = (said: string) => runSchema.parse(JSON.parse(said));

describe('a command that ends before it has a result', () => {
  test.each<[string, unknown, number, string]>([
    ['a lock that is held', held, 5, 'refused'],
    ['an API server that is away', new NodeprepError('cluster-unreachable', 'no answer'), 3, 'failed'],
    ['no kubectl', new NodeprepError('kubectl-missing', 'no kubectl'), 3, 'failed'],
    ['rights that are missing', new NodeprepError('cluster-denied', 'no'), 5, 'refused'],
    ['a bug', new TypeError('x is not a function'), 70, 'failed'],
  ])('%s: tells machines of every host, and fails as before', async (_, error, exitCode, state) => {
    const { end, said } = await ending(failing(error));
    expect(end).toBe(error);
    const run = runOf(said);
    expect(run).toMatchObject({ command: 'apply', runId: about.runId, exitCode });
    expect(run.hosts.map(host => `${host.host} ${host.state}`)).toEqual([`worker-1 ${state}`, `worker-2 ${state}`]);
  });

  test('the refusal says by whom and what to do, and that nothing was changed', async () => {
    const [host] = runOf((await ending(failing(held))).said).hosts;
    expect(host).toMatchObject({
      outcome: 'unchanged',
      error: { code: 'lock-held', message: expect.stringContaining('ops@ci-7'), hint: 'Wait for it.' },
    });
  });

  test.each(['usage', 'inventory'] as const)('says nothing on standard output of a mistake: %s', async code => {
    expect((await ending(failing(new NodeprepError(code, 'no')))).said).toBe('');
  });

  test('says nothing on standard output for people, who have read it on standard error', async () => {
    expect((await ending(failing(held), 'human')).said).toBe('');
  });

  test('adds nothing to a result that was told', async () => {
    const { end, said } = await ending(async ({ context }) => {
      printRun(
        toRun({ ...about, hosts: [], fleet: [] }, context),
        { ...commonOptions, output: 'json' },
        undefined,
        context,
      );
      throw held;
    });
    expect(end).toBe(held);
    expect(runOf(said).hosts).toEqual([]);
  });
});

describe('once hosts are about to be changed', () => {
  const change: PlannedChange = {
    id: 'file:/f',
    kind: 'file',
    target: '/f',
    summary: 'a test',
    because: 'a test',
    disruption: 'none',
    phase: 'switch',
    reversible: true,
    status: 'not-run',
  };
  const before: readonly HostResult[] = hosts.map(({ name, address }) => ({
    ...{ host: name, address, state: 'ok', outcome: 'unchanged', findings: [], changes: [change] },
  }));
  const begun =
    (error: unknown, as: readonly HostResult[] = before) =>
    async ({ begin }: Telling): Promise<number> => {
      begin(as);
      throw error;
    };

  test('a lock that is held leaves them as they were planned', async () => {
    const [first] = runOf((await ending(begun(held))).said).hosts;
    expect(first).toMatchObject({
      state: 'refused',
      outcome: 'unchanged',
      changes: [{ id: 'file:/f', status: 'not-run' }],
    });
  });

  test('a host that was refused before keeps its reason', async () => {
    const own = { code: 'joined-node', message: 'a node' };
    const [first, second] = before;
    if (first === undefined || second === undefined) throw new Error('two hosts are needed');
    const run = runOf((await ending(begun(held, [{ ...first, state: 'refused', error: own }, second]))).said);
    expect(run.hosts.map(({ error }) => error?.code)).toEqual(['joined-node', 'lock-held']);
  });

  test('nothing is claimed of them after any other end', async () => {
    const denied = new NodeprepError('cluster-denied', 'rights were taken away');
    const [first] = runOf((await ending(begun(denied))).said).hosts;
    expect(first).toMatchObject({ state: 'refused', changes: [], error: { code: 'cluster-denied' } });
    expect(first).not.toHaveProperty('outcome');
  });
});
