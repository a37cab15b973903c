import { describe, expect, test } from 'vitest';
import type { HostRunEvent } from '../../src/apply/host-run.ts';
import type { JournalEntry } from '../../src/apply/journal.ts';
import { tellEvent } from '../../src/commands/tell-event.ts';

const runId = '20261121-020000-aaaa';
const entry = (event: JournalEntry['event'], detail = '', step = '1-1'): HostRunEvent => ({
  kind: 'entry',
  runId,
  entry: { seq: 1, epochSeconds: 0, event, step, detail },
});

const told = (event: HostRunEvent): readonly string[] => {
  const lines: string[] = [];
  tellEvent(event, {
    step: text => void lines.push(`step: ${text}`),
    note: text => void lines.push(`note: ${text}`),
    done: text => void lines.push(`done: ${text}`),
  });
  return lines;
};

describe('progress of a run', () => {
  test.each<readonly [HostRunEvent, readonly string[]]>([
    [entry('begin', 'writing /etc/a'), ['step: writing /etc/a']],
    [entry('begin'), ['step: 1-1']],
    [entry('hold', '', 'verify'), ['step: reading what is in force']],
    [entry('hold', 'deadline=900', 'drained-1'), ['step: draining the node']],
    [entry('hold', 'deadline=300', 'sandboxes-2'), ['step: removing the sandboxes that are left']],
    [entry('note', 'containerd answers'), ['note: containerd answers']],
    [entry('failed', 'no space left'), ['note: no space left']],
    [entry('mismatch', '/etc/a has changed'), ['note: /etc/a has changed']],
    [entry('stuck', '/etc/a is gone'), ['note: /etc/a is gone']],
    [entry('revert', '-', '-'), ['note: reverting']],
    [{ kind: 'reconnected', runId }, ['note: connected again']],
    [
      { kind: 'taken-over', runId, holder: 'ops@ci-7' },
      ['note: took over run 20261121-020000-aaaa of ops@ci-7, which nobody drives any more'],
    ],
    [{ kind: 'recovering', runId }, ['note: settling the interrupted run 20261121-020000-aaaa']],
  ])('%j', (event, lines) => expect(told(event)).toEqual(lines));

  test('a lost connection is told, and that the run goes on', () => {
    expect(told({ kind: 'lost', runId })).toEqual([expect.stringMatching(/^note: connection lost; .*goes on/)]);
  });

  test.each(['start', 'guarded', 'phase', 'done', 'answer', 'undone', 'recover', 'rollback', 'settle'] as const)(
    '%s says nothing that people wait for',
    event => expect(told(entry(event))).toEqual([]),
  );
});
