import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, noProgress, parseJournalLine } from '../../src/apply/journal.ts';
import { parseHostLine, splitLines } from '../../src/apply/session.ts';

const progressOf = (text: string) =>
  text
    .split('\n')
    .flatMap(line => parseJournalLine(line) ?? [])
    .reduce(advance, noProgress);

describe('the journal', () => {
  test('a line', () => {
    expect(parseJournalLine('12 1795234199 failed 1-2 first\\nsecond \\\\n C:\\\\')).toEqual({
      seq: 12,
      epochSeconds: 1795234199,
      event: 'failed',
      step: '1-2',
      detail: 'first\nsecond \\n C:\\',
    });
  });

  test.each([
    '',
    '1',
    '1 2 done',
    '1 2 nonsense 1-1 x',
    'x 2 done 1-1',
    '1 2 settle - comm\u0018',
    `1 2 note - ${'x'.repeat(9_000)}`,
  ])('is not a line: %j', line => {
    expect(parseJournalLine(line)).toBeUndefined();
  });

  test('no bytes make the parser throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void [parseJournalLine(text), parseHostLine(text)]));
  });

  test('tells what became of every step, and the first failure', () => {
    const progress = progressOf(`1 1 start - x
2 1 begin 1-1
3 1 done 1-1
4 1 begin 1-2
5 1 failed 1-2 no space
6 1 failed - later
7 1 revert -
8 1 undone 1-2
9 1 stuck 1-1 changed by somebody
10 1 settle - partial`);
    expect(Object.fromEntries(progress.steps)).toEqual({ '1-1': 'stuck', '1-2': 'undone' });
    expect(progress.failure).toEqual({ event: 'failed', step: '1-2', reason: 'no space' });
    expect(progress).toMatchObject({ stuck: [{ step: '1-1' }], settled: 'partial', openHold: undefined });
  });

  test('knows the hold that waits', () => {
    expect(progressOf('1 1 hold round-1 deadline=120').openHold).toBe('round-1');
    expect(progressOf('1 1 hold round-1 deadline=120\n2 1 answer round-1 verify').openHold).toBeUndefined();
  });

  test('what an undo leaves on purpose is kept in its words', () => {
    expect(progressOf('1 1 undone 1-1 kernel module overlay stays loaded').kept).toEqual([
      'kernel module overlay stays loaded',
    ]);
  });
});

describe('splitLines', () => {
  const collect = async (chunks: readonly Buffer[]) => {
    const lines: string[] = [];
    for await (const line of splitLines(
      (async function* () {
        yield* chunks;
      })(),
    ))
      lines.push(line);
    return lines;
  };

  test('lines come whole however they were cut, a character in two halves too', async () => {
    const bytes = Buffer.from('é1\nzwei\nrest');
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(await collect([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(['é1', 'zwei']);
  });

  test('a line without end is given up', async () => {
    expect(await collect([Buffer.alloc(600_000, 97), Buffer.alloc(600_000, 97), Buffer.from('\nx\n')])).toEqual([]);
  });
});
