import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readStaged } from '../../src/apply/read-staged.ts';
import { type StageHostOptions, stageHost } from '../../src/apply/stage-host.ts';
import type { Change } from '../../src/changes/change.ts';
import { drive, RUN_ID, settle } from './drive.ts';
import { placeRun, runEngine } from './engine-alone.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot, pointsPassed, runIds, stopAt } from './host-root.ts';

const STAGE_ID = '20261121-010000-aaaa';

let host: HostRoot;
let before: string;
beforeEach(() => {
  host = makeHostRoot();
  writeFileSync(join(host.tree, 'a.conf'), 'a\n');
  before = host.fingerprint();
});
afterEach(() => host.remove());

const staged = () => join(host.base, 'staged');
const edit = (rest: Partial<Change> = {}): readonly Change[] => [
  { ...fileChange(join(host.tree, 'a.conf'), fileState('a\n'), 'edited\n'), ...rest } as Change,
];
const stage = (over: Partial<StageHostOptions> = {}) => {
  const connection = host.connect();
  return stageHost({
    open: async () => connection,
    programs: host.programs,
    identity: { runId: STAGE_ID, holder: 'ops@test' },
    settle,
    changes: edit(),
    plan: '{"plan":1}\n',
    onEvent: () => undefined,
    signal: new AbortController().signal,
    ...over,
  });
};
const look = () => {
  const connection = host.connect();
  const identity = { runId: STAGE_ID, holder: 'ops@test' };
  return readStaged({ open: async () => connection, programs: host.programs, identity });
};
const sealed = async (): Promise<string> => {
  const found = await look();
  if (found === undefined) throw new Error('nothing is staged');
  return found.seal;
};

describe('staging', () => {
  test('changes nothing but what is staged, and lets go of the lock', async () => {
    expect(await look()).toBeUndefined();
    const { end, progress } = await stage();
    expect(end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(progress.failure).toBeUndefined();
    expect(host.fingerprint()).toBe(before);
    // The lock goes right after the last word.
    await vi.waitFor(() =>
      expect(readdirSync(host.base).toSorted()).toEqual(['ledger', 'lock.guard', 'runs', 'staged']),
    );
    expect(await look()).toEqual({ seal: expect.any(String), plan: '{"plan":1}\n', packages: [] });
  });

  test('again replaces what was staged', async () => {
    await stage();
    const first = await sealed();
    await stage({ plan: '{"plan":2}\n', identity: { runId: '20261121-010001-aaaa', holder: 'ops@test' } });
    expect(await sealed()).not.toBe(first);
    expect(runIds(host)).toEqual(['20261121-010001-aaaa']);
  });

  test('asks who will read a file, beside what lies beside it', async () => {
    mkdirSync(join(host.tree, 'conf.d'));
    writeFileSync(join(host.tree, 'conf.d/b.conf'), 'b\n');
    const reads = (text: string) => [
      'sh',
      '-c',
      `grep -q ${text} "$1" && grep -q b "\${1%/*}/conf.d/b.conf"`,
      'sh',
      '{}',
    ];
    expect((await stage({ changes: edit({ validate: reads('edited') }) })).progress.failure).toBeUndefined();
    const identity = { runId: '20261121-010001-aaaa', holder: 'ops@test' };
    const { progress } = await stage({ changes: edit({ validate: reads('other') }), identity });
    expect(progress.failure).toMatchObject({
      event: 'failed',
      reason: expect.stringContaining('does not accept the new'),
    });
    expect(host.fingerprint()).toContain('conf.d/b.conf');
  });

  test('is refused where a guard does not hold, and keeps nothing', async () => {
    writeFileSync(join(host.tree, 'a.conf'), 'edited by hand\n');
    const { progress } = await stage();
    expect(progress.failure).toMatchObject({ event: 'mismatch', reason: expect.stringContaining('has changed since') });
    expect(await look()).toBeUndefined();
  });

  test('an interrupt ends it', async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const changes = [...edit(), ...edit({ validate: ['sleep', '2'] })];
    const { progress } = await stage({ changes, signal: interrupt.signal });
    expect(progress.failure?.reason).toContain('interrupted by the operator');
    expect(await look()).toBeUndefined();
  });

  test('killed at any point leaves nothing to settle, and the next one starts over', async () => {
    stopAt(host, 10_000);
    await stage();
    const points = pointsPassed(host);
    expect(points).toBeGreaterThan(5);
    for (let point = 1; point <= points; point += 1) {
      stopAt(host, point);
      const runId = `20261121-0200${String(point).padStart(2, '0')}-aaaa`;
      const directory = placeRun(host, runId, [edit()], { tuning: 'STAGING=yes\n' });
      mkdirSync(join(directory, 'staged'));
      writeFileSync(join(directory, 'staged/plan.json'), '{}\n');
      expect(runEngine(host, runId, 'stage').signal).toBe('SIGKILL');
      expect(host.fingerprint()).toBe(before);
    }
    stopAt(host, undefined);
    const identity = { runId: '20261121-030000-aaaa', holder: 'ops@test' };
    expect((await stage({ identity })).progress.failure).toBeUndefined();
    expect((await look())?.plan).toBe('{"plan":1}\n');
    expect(runIds(host)).toEqual([identity.runId]);
  }, 60_000);
});

describe('a run with what is staged', () => {
  test('uses it up', async () => {
    await stage();
    const run = await drive(host, edit(), { staged: await sealed() });
    expect(run.end).toEqual({ kind: 'settled', word: 'committed' });
    expect(existsSync(staged())).toBe(false);
  });

  test('that is taken back keeps it for another time', async () => {
    await stage();
    const seal = await sealed();
    const run = await drive(host, edit(), { staged: seal, verify: async () => ({ ok: false, reason: 'a test' }) });
    expect(run.end).toEqual({ kind: 'settled', word: 'reverted' });
    expect(await sealed()).toBe(seal);
  });

  test('without it leaves it alone', async () => {
    await stage();
    await drive(host, edit());
    expect(existsSync(staged())).toBe(true);
  });

  test.each([
    ['is gone', () => rmSync(staged(), { recursive: true }), 'nothing is staged on this host any more'],
    ['was altered', () => writeFileSync(join(staged(), 'plan.json'), '{}'), 'has changed since: plan.json'],
    ['lost a file', () => rmSync(join(staged(), 'plan.json')), 'has changed since: plan.json'],
    ['was staged anew', () => writeFileSync(join(staged(), 'SHA256SUMS'), ''), 'something else has been staged since'],
  ])('that %s is refused', async (_, spoil, reason) => {
    await stage();
    const seal = await sealed();
    spoil();
    const run = await drive(host, edit(), { staged: seal });
    expect(run.end).toEqual({ kind: 'settled', word: 'unchanged' });
    expect(run.progress.failure).toMatchObject({ event: 'mismatch', reason: expect.stringContaining(reason) });
    expect(host.fingerprint()).toBe(before);
    expect(host.journal(RUN_ID)).not.toContain(' begin ');
  });
});

test('every kind of change says what of it is staged', () => {
  const templates = new URL('../../templates/host/', import.meta.url);
  const text = readdirSync(templates)
    .map(name => readFileSync(new URL(name, templates), 'utf8'))
    .join('\n');
  const kinds = (action: string) =>
    [...text.matchAll(new RegExp(`^(\\w+)_${action}\\(\\)`, 'gm'))].map(([, kind]) => kind);
  expect(
    kinds('stage')
      .filter(kind => kind !== 'run')
      .toSorted(),
  ).toEqual(kinds('confirm').toSorted());
});
