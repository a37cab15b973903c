import { describe, expect, test } from 'vitest';
import type { RoundManifest } from '../../src/apply/compile.ts';
import type { FollowEnd } from '../../src/apply/host-run.ts';
import { noProgress, type RunProgress, type SettleWord } from '../../src/apply/journal.ts';
import type { ControlRefusal } from '../../src/apply/run-host.ts';
import { changesWithStatus, tellEnd } from '../../src/commands/run-outcome.ts';
import type { PlannedChange } from '../../src/core/result.ts';

const runId = '20261121-020000-aaaa';
const settle = 'nodeprep recover inventory.yaml --limit worker-1';
const settled = (word: SettleWord): FollowEnd => ({ kind: 'settled', word });
const failure = { event: 'failed', step: '1-2', reason: 'containerd did not start' } as const;
const mismatch = { event: 'mismatch', step: '1-1', reason: '/etc/a has changed' } as const;
const stuck = [{ step: '1-1', reason: '/etc/a is gone' }];
const interrupted: ControlRefusal = { code: 'interrupted', reason: 'interrupted by the operator' };
const tell = (end: FollowEnd, progress: Partial<RunProgress> = {}, refusal?: ControlRefusal) =>
  tellEnd({ runId, end, progress: { ...noProgress, ...progress }, refusal, settle });

describe('how a run ended', () => {
  test.each([
    ['committed', tell(settled('committed')), { state: 'ok', outcome: 'changed' }],
    ['rolled back', tell(settled('rolled-back')), { state: 'ok', outcome: 'changed' }],
    ['unchanged', tell(settled('unchanged')), { state: 'ok', outcome: 'unchanged' }],
  ])('%s is success, without an error', (_, told, expected) => expect(told).toEqual(expected));

  test('a guard that did not hold is refused, names what differs, and asks to plan again', () => {
    const told = tell(settled('unchanged'), { failure: mismatch });
    expect(told).toMatchObject({ state: 'refused', outcome: 'unchanged', error: { code: 'guard-mismatch' } });
    expect(told.error?.message).toContain('/etc/a has changed');
    expect(told.error?.hint).toMatch(/^Plan again\..*20261121-020000-aaaa\/journal/);
  });

  test.each([
    ['a step that failed', { failure }, undefined, 'step-failed', failure.reason],
    [
      'a proof that failed',
      {},
      { code: 'verify-failed', reason: 'CRI is dead' },
      'verify-failed',
      'CRI is dead',
    ] as const,
    ['a plan that went too far', {}, { code: 'plan-refused', reason: 'too far' }, 'plan-refused', 'too far'] as const,
    ['Ctrl-C', {}, interrupted, 'interrupted', interrupted.reason],
    // What broke on the host is the cause, whatever the control side wanted besides.
    ['a step that failed and Ctrl-C', { failure }, interrupted, 'step-failed', failure.reason],
    ['nobody who answered', {}, undefined, 'step-failed', /in vain/],
  ])('%s: reverted, with its cause', (_, progress, refusal, code, message) => {
    const told = tell(settled('reverted'), progress, refusal);
    expect(told).toMatchObject({ state: 'failed', outcome: 'reverted', error: { code } });
    expect(told.error?.message).toMatch(message);
    expect(told.error?.hint).toContain(`/var/lib/nodeprep/runs/${runId}/journal`);
    expect(told).not.toHaveProperty('notReverted');
  });

  test('what was taken back says what to do before it says where to read more', () => {
    const full = { ...failure, reason: "E: You don't have enough free space in /var/cache/apt/archives/." };
    const hint = (progress: Partial<RunProgress>, refusal?: ControlRefusal) =>
      tell(settled('reverted'), progress, refusal).error?.hint;
    expect(hint({ failure: full })).toMatch(/^Make room on the file system.* journal: /);
    expect(hint({ failure })).toMatch(/^Mend what is named, then run this again\. journal: /);
    expect(hint({}, { code: 'plan-refused', reason: 'too far' })).toMatch(/^Plan again\. journal: /);
    expect(hint({}, interrupted)).toMatch(/^Run this again when it suits\. journal: /);
  });

  test('what could not be tried leaves the host as it was, and is a failure, not a change of the host', () => {
    const told = tell(settled('unchanged'), { failure });
    expect(told).toMatchObject({ state: 'failed', outcome: 'unchanged', error: { code: 'step-failed' } });
    expect(told.error?.hint).toMatch(/^Nothing was changed/);
  });

  test.each([
    ['drain-infeasible', 'refused'],
    ['drain-timeout', 'failed'],
    ['interrupted', 'skipped'],
  ] as const)('a node that may not be emptied (%s) is as it was, and told', (code, state) => {
    const told = tell(settled('unchanged'), {}, { code, reason: 'shop/cart allows 0 of 2' });
    expect(told).toMatchObject({ state, outcome: 'unchanged', error: { code, message: 'shop/cart allows 0 of 2' } });
  });

  test('Ctrl-C before a step is an interruption, not a step that failed', () => {
    const reason = 'interrupted by the operator before this step';
    expect(tell(settled('reverted'), { failure: { ...failure, reason } }).error?.code).toBe('interrupted');
  });

  test('what a revert leaves on purpose is named', () => {
    const kept = ['kernel module br_netfilter stays loaded until the next boot'];
    expect(tell(settled('reverted'), { failure, kept })).toMatchObject({ outcome: 'reverted', notReverted: kept });
  });

  test('a revert that is stuck says why it was made, what is left, and what to do', () => {
    const told = tell(settled('partial'), { failure, stuck });
    expect(told).toMatchObject({
      state: 'failed',
      outcome: 'partial',
      notReverted: ['/etc/a is gone'],
      error: { code: 'revert-partial' },
    });
    expect(told.error?.message).toContain(failure.reason);
    expect(told.error?.message).toContain('/etc/a is gone');
    // A rollback was asked for and has no cause.
    expect(tell(settled('partial'), { stuck }).error?.message).toBe('not everything could be undone: /etc/a is gone');
    // recover has nothing to settle any more.
    expect(told.error?.hint).toMatch(/Repair what is named, then run nodeprep apply/);
  });

  test.each([
    [{ kind: 'lost', reason: 'no route' }, 'connect-failed', /did not come back \(no route\); run 2026.* goes on/],
    [{ kind: 'lost', reason: 'there is no route.' }, 'connect-failed', /did not come back \(there is no route\); run/],
    [{ kind: 'dead' }, 'unfinished-run', /ended without settling/],
    [{ kind: 'gone' }, 'unfinished-run', /no longer on the host/],
  ] as const)('%j is not known to be anything, and names the command that settles it', (end, code, message) => {
    const told = tell(end);
    expect(told).toMatchObject({ state: 'failed', error: { code, hint: `Settle it with: ${settle}` } });
    expect(told.error?.message).toMatch(message);
    expect(told).not.toHaveProperty('outcome');
  });
});

describe('what became of each change', () => {
  const change = (id: string): PlannedChange => ({
    id,
    kind: 'file',
    target: id,
    summary: id,
    because: 'a test',
    disruption: 'none',
    phase: 'stage',
    reversible: true,
  });
  const manifest = (round: number, ...ids: readonly string[]): RoundManifest => ({
    schemaVersion: 1,
    round,
    steps: ids.map((id, index) => ({ step: `${round}-${index + 1}`, change: change(id) })),
  });

  test.each([
    ['done', 'done'],
    ['undone', 'reverted'],
    ['failed', 'failed'],
    ['stuck', 'failed'],
    ['begun', 'failed'],
  ] as const)('a step that is %s is a change that is %s', (step, status) => {
    const steps = new Map([['1-1', step]]);
    expect(changesWithStatus([manifest(1, 'a')], { ...noProgress, steps })).toEqual([{ ...change('a'), status }]);
  });

  test('all rounds are told, in their order; what never began is not-run', () => {
    const steps = new Map([['1-1', 'done'] as const, ['2-1', 'failed'] as const]);
    const told = changesWithStatus([manifest(1, 'a', 'b'), manifest(2, 'c')], { ...noProgress, steps });
    expect(told.map(({ id, status }) => `${id} ${status}`)).toEqual(['a done', 'b not-run', 'c failed']);
  });
});
