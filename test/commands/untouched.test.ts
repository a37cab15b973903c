import { describe, expect, test } from 'vitest';
import { untouched, withDrain } from '../../src/commands/untouched.ts';
import type { DrainAnswer, HostResult, PlannedChange } from '../../src/core/result.ts';

const change: PlannedChange = {
  id: 'file:/f',
  kind: 'file',
  target: '/f',
  summary: 'a test',
  because: 'a test',
  disruption: 'none',
  phase: 'switch',
  reversible: true,
};
const result = (over: Partial<HostResult> = {}): HostResult => ({
  ...{ host: 'worker-1', address: '192.0.2.1', state: 'ok', findings: [], changes: [change] },
  ...over,
});
const drain: DrainAnswer = { feasible: true, pods: [{ namespace: 'shop', name: 'cart-1', verdict: 'move' }] };

describe('a host on which nothing was done', () => {
  test.each(['ok', 'refused'] as const)('%s is unchanged, its changes not run', state => {
    const told = untouched(result({ state }));
    expect(told).toMatchObject({ state, outcome: 'unchanged', changes: [{ id: 'file:/f', status: 'not-run' }] });
  });

  test('that could not be reached is not said to be unchanged', () => {
    expect(untouched(result({ state: 'unreachable' }))).not.toHaveProperty('outcome');
  });
});

describe('what its drain moves', () => {
  test('is kept from the plan, whatever came of the host', () => {
    const done = result({ state: 'failed', outcome: 'reverted' });
    expect(withDrain(result({ drain }), done)).toEqual({ ...done, drain });
  });

  test('is not made up where none was planned, and not replaced where it was told anew', () => {
    expect(withDrain(result(), result())).not.toHaveProperty('drain');
    const anew: DrainAnswer = { feasible: false, pods: [] };
    expect(withDrain(result({ drain }), result({ drain: anew })).drain).toBe(anew);
  });
});
