import { expect, test } from 'vitest';
import { type MatrixReport, renderMatrix } from '../../scripts/matrix-table.ts';
import type { MatrixCell } from '../nodes/support/matrix/cell.ts';

const cell: MatrixCell = { runtime: 'containerd 1.7', source: 'distribution', suite: 'trixie', state: 'bare' };
const report = (...cells: readonly (readonly [string, MatrixCell?])[]): MatrixReport => ({
  testResults: [
    {
      assertionResults: cells.map(([status, matrixCell]) => ({
        status,
        meta: matrixCell === undefined ? {} : { matrixCell },
      })),
    },
  ],
});
const rowsOf = (page: string): readonly string[] =>
  page.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| runtime'));

test('a row says what was seen, why a cell is refused or skipped, and which failed', () => {
  const page = renderMatrix(
    '',
    report(
      ['passed', { ...cell, version: '1.7.24', driver: 'systemd', sandbox: 'ran' }],
      ['passed'],
      ['passed', { ...cell, runtime: 'docker.io 20.10', suite: 'bookworm', refused: 'too old' }],
      ['skipped', { ...cell, suite: 'sid', skipped: 'no base' }],
      ['failed', { ...cell, state: 'foreign config' }],
    ),
    '2026-11-21',
  );
  expect(rowsOf(page)).toEqual([
    '| containerd 1.7 | distribution | sid | bare |  |  |  |  | skipped on 2026-11-21: no base |',
    '| containerd 1.7 | distribution | trixie | bare | 1.7.24 | systemd | ran |  | 2026-11-21 |',
    '| containerd 1.7 | distribution | trixie | foreign config |  |  |  |  | failed on 2026-11-21 |',
    '| docker.io 20.10 | distribution | bookworm | bare |  |  |  | too old | 2026-11-21 |',
  ]);
});

test('a run of some cells leaves the rows of the others, and replaces its own', () => {
  const first = renderMatrix('', report(['passed', { ...cell, version: '1.7.24' }]), '2026-11-20');
  const other = renderMatrix(first, report(['passed', { ...cell, suite: 'sid', version: '2.1' }]), '2026-11-21');
  expect(rowsOf(other).map(line => line.split(' | ').at(-1))).toEqual(['2026-11-21 |', '2026-11-20 |']);
  const again = renderMatrix(other, report(['passed', { ...cell, version: '1.7.25' }]), '2026-11-22');
  expect(rowsOf(again)).toContain('| containerd 1.7 | distribution | trixie | bare | 1.7.25 |  |  |  | 2026-11-22 |');
  expect(rowsOf(again)).toHaveLength(2);
});
