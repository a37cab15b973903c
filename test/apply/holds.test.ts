import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planRollback, rollbackHost } from '../../src/apply/rollback.ts';
import type { HoldAnswer, RunHolds } from '../../src/apply/run-host.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import { drive, RUN_ID, settle } from './drive.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot } from './host-root.ts';

let host: HostRoot;
beforeEach(() => {
  host = makeHostRoot();
  writeFileSync(join(host.tree, 'a.conf'), 'a\n');
});
afterEach(() => host.remove());

const round = (from = 'a\n', to = 'b\n') => [
  fileChange(join(host.tree, 'a.conf'), fileState(from), to, { phase: 'switch', disruption: 'drain' }),
];

/** Says what it was asked. */
const recording = (answers: Partial<Record<keyof RunHolds, () => Promise<HoldAnswer>>> = {}) => {
  const asked: string[] = [];
  const ask = (name: keyof RunHolds) => async (): Promise<HoldAnswer> => {
    asked.push(name);
    return (await answers[name]?.()) ?? { go: true };
  };
  return { asked, holds: { drained: ask('drained'), sandboxes: ask('sandboxes') } };
};

describe('the holds of a round that needs an empty node', () => {
  test('are asked in their order, once for every such round', async () => {
    const { asked, holds } = recording();
    const run = await drive(host, round(), {
      holds,
      afterRound: async number => (number === 1 ? { kind: 'next', changes: round('b\n', 'c\n') } : { kind: 'verify' }),
    });
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(asked).toEqual(['drained', 'sandboxes', 'drained', 'sandboxes']);
  });

  test.each<readonly [string, keyof RunHolds, () => Promise<HoldAnswer>, string]>([
    ['a no', 'drained', async () => ({ go: false, code: 'drain-timeout', reason: 'shop/cart stays' }), 'drain-timeout'],
    ['a no', 'sandboxes', async () => ({ go: false, code: 'step-failed', reason: 'shop/cart stays' }), 'step-failed'],
    [
      'a failure',
      'drained',
      async () => {
        throw new NodeprepError('cluster-unreachable', 'shop/cart stays');
      },
      'cluster-unreachable',
    ],
  ])('%s to %s is the reason that the run gives', async (_, hold, answer, code) => {
    const run = await drive(host, round(), recording({ [hold]: answer }));
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.refusal).toEqual({ code, reason: 'shop/cart stays' });
  });

  test('are refused where nobody could empty the node', async () => {
    const run = await drive(host, round());
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.refusal?.code).toBe('joined-node');
  });

  test('end, for who works in them, when the host waits no longer', async () => {
    const operator = new AbortController();
    let ended = false;
    const drained = (signal: AbortSignal) =>
      new Promise<HoldAnswer>(resolve => {
        signal.addEventListener('abort', () => {
          ended = true;
          resolve({ go: false, code: 'interrupted', reason: 'the host waits no longer' });
        });
        operator.abort();
      });
    const run = await drive(host, round(), {
      holds: { drained, sandboxes: async () => ({ go: true }) },
      signal: operator.signal,
    });
    expect(ended).toBe(true);
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.progress.failure?.reason).toMatch(/^interrupted by the operator/);
  });

  test('are asked again when the run is taken back, before anything is', async () => {
    expect((await drive(host, round(), recording())).end).toEqual({ kind: 'settled', word: 'committed' });
    const connection = host.connect();
    const options = {
      open: async () => connection,
      programs: host.programs,
      identity: { runId: '20261121-030000-zzzz', holder: 'ops@later' },
      settle,
      onEvent: () => undefined,
      signal: new AbortController().signal,
      diff: () => '',
    };
    const plan = await planRollback(options, undefined);
    if (plan === undefined) throw new Error('nothing to take back');
    const no = recording({ drained: async () => ({ go: false, code: 'drain-timeout', reason: 'shop/cart stays' }) });
    expect(await rollbackHost({ ...options, plan, ...no })).toMatchObject({
      end: { word: 'committed' },
      refusal: { code: 'drain-timeout' },
    });
    const yes = recording();
    expect((await rollbackHost({ ...options, plan, ...yes })).end).toEqual({ kind: 'settled', word: 'rolled-back' });
    expect(yes.asked).toEqual(['drained']);
    expect(host.journal(RUN_ID)).toMatch(/answer drained-1 revert[\s\S]*settle - committed[\s\S]*answer drained-1 go/);
  });
});
