import { expect, test } from 'vitest';
import { endingOf, withNotes } from '../../src/commands/host-ending.ts';
import type { HostResult } from '../../src/core/result.ts';

const message = 'containerd.service did not come back\nexit 1';
const host = (over: Partial<HostResult>): HostResult => ({
  host: 'a',
  address: '',
  state: 'ok',
  findings: [],
  changes: [],
  ...over,
});
const failed = { state: 'failed', error: { code: 'step-failed', message } } as const;
const refused = { state: 'refused', outcome: 'unchanged', error: { code: 'guard-mismatch', message } } as const;

test.each<[string, Partial<HostResult>, readonly string[], string]>([
  ['done', { outcome: 'changed' }, ['waits for dpkg'], 'restored'],
  ['seen', {}, [], 'ok'],
  ['failed', failed, [], 'containerd.service did not come back'],
  ['taken back', { ...failed, outcome: 'reverted' }, [], 'reverted: containerd.service did not come back'],
  ['taken back, told before', { ...failed, outcome: 'reverted' }, ['reverting', message], 'reverted'],
  ['taken back in part, told before', { ...failed, outcome: 'partial' }, [message], 'reverted only in part'],
  ['refused', refused, [], 'containerd.service did not come back'],
  ['refused, told before', refused, [message], 'refused, unchanged'],
])('%s', (_, result, notes, expected) => {
  expect(endingOf(host(result), notes, 'restored')).toBe(expected);
});

test('notes are kept and passed on', () => {
  const written: string[] = [];
  const { progress, notes } = withNotes({
    step: text => written.push(`step ${text}`),
    note: text => written.push(`note ${text}`),
    done: text => written.push(`done ${text}`),
  });
  progress.step('a');
  progress.note('b');
  progress.done('c', true);
  expect(notes).toEqual(['b']);
  expect(written).toEqual(['step a', 'note b', 'done c']);
});
