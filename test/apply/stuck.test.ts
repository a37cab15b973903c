import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planRollback, rollbackHost } from '../../src/apply/rollback.ts';
import { drive, RUN_ID, settle } from './drive.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot } from './host-root.ts';

let host: HostRoot;
let before: string;
const first = () => join(host.tree, 'first.conf');
const second = () => join(host.tree, 'd/second.conf');
const directory = () => join(host.tree, 'd');

beforeEach(() => {
  host = makeHostRoot();
  mkdirSync(directory());
  writeFileSync(first(), 'a\n');
  writeFileSync(second(), 'b\n');
  before = host.fingerprint();
});
afterEach(() => host.remove());

/** A file lies where the directory was: nothing can be restored there. */
const block = (): void => {
  rmSync(directory(), { recursive: true });
  writeFileSync(directory(), 'in the way\n');
};
const unblock = (): void => {
  rmSync(directory());
  mkdirSync(directory());
};

const options = () => {
  const connection = host.connect();
  return {
    open: async () => connection,
    programs: host.programs,
    identity: { runId: '20261121-040000-rrrr', holder: 'ops@test' },
    settle,
    diff: () => '',
    onEvent: () => undefined,
    signal: new AbortController().signal,
  };
};
const rollback = async (runId?: string) => {
  const plan = await planRollback(options(), runId);
  return plan === undefined ? undefined : { plan, ...(await rollbackHost({ ...options(), plan })) };
};

/** A run that failed, and whose revert could put only the first file back. */
const failAndGetStuck = async (): Promise<void> => {
  const changes = [
    fileChange(first(), fileState('a\n'), 'edited\n'),
    fileChange(second(), fileState('b\n'), 'edited\n'),
  ];
  const run = await drive(host, changes, {
    verify: async () => {
      block();
      return { ok: false, reason: 'a test' };
    },
  });
  expect(run.end).toEqual({ kind: 'settled', word: 'partial' });
};

describe('a run of which something could not be undone', { timeout: 60_000 }, () => {
  test('is what the next rollback takes up, with what is left of it', async () => {
    await failAndGetStuck();
    const again = await rollback();
    expect(again?.plan.run.runId).toBe(RUN_ID);
    expect(again?.plan.steps.map(({ change }) => change.target)).toEqual([second()]);
    expect(again?.end).toEqual({ kind: 'settled', word: 'partial' });
    expect(again?.progress.stuck).toEqual([{ step: '1-2', reason: expect.stringContaining(directory()) }]);

    unblock();
    expect((await rollback(RUN_ID))?.end).toEqual({ kind: 'settled', word: 'rolled-back' });
    expect(host.fingerprint()).toBe(before);
    expect(await rollback()).toBeUndefined();
  });

  test('is left alone once a later run has been made, unless it is named', async () => {
    await failAndGetStuck();
    unblock();
    const LATER = '20261121-021000-bbbb';
    const later = [fileChange(first(), fileState('a\n'), 'later\n')];
    await drive(host, later, { identity: { runId: LATER, holder: 'ops@test' } });
    expect((await rollback())?.plan.run.runId).toBe(LATER);
    expect(await rollback()).toBeUndefined();
    expect((await rollback(RUN_ID))?.end).toEqual({ kind: 'settled', word: 'rolled-back' });
    expect(host.fingerprint()).toBe(before);
  });

  test('does not put back what somebody else has written since', async () => {
    await failAndGetStuck();
    unblock();
    writeFileSync(second(), 'by hand\n');
    const again = await rollback();
    expect(again?.end).toEqual({ kind: 'settled', word: 'partial' });
    expect(again?.progress.stuck[0]?.reason).toContain('was changed by somebody else');
    expect(readFileSync(second(), 'utf8')).toBe('by hand\n');
  });
});
