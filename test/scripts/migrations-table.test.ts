import { expect, test } from 'vitest';
import { type MigrationsReport, renderMigrations } from '../../scripts/migrations-table.ts';
import type { Migrated } from '../nodes/support/migrated.ts';

const pair: Migrated = { from: 'containerd', to: 'CRI-O', host: 'alone' };
const report = (...seen: readonly (readonly [string, Migrated?])[]): MigrationsReport => ({
  testResults: [
    {
      assertionResults: seen.map(([status, migrated]) => ({
        status,
        meta: migrated === undefined ? {} : { migrated },
      })),
    },
  ],
});
const rowsOf = (page: string): readonly string[] =>
  page.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| from'));

test('a row says what was tried and seen, which failed, and why one was left out', () => {
  const page = renderMigrations(
    '',
    report(
      ['passed', { ...pair, version: '1.36.1', driver: 'cgroupfs', sandbox: 'ran' }],
      ['passed'],
      ['failed', { ...pair, interrupted: 'power lost' }],
      ['skipped', { ...pair, host: 'node of a cluster', skipped: 'no lab' }],
    ),
    '2026-11-22',
  );
  expect(rowsOf(page)).toEqual([
    '| containerd | CRI-O | alone |  | 1.36.1 | cgroupfs | ran | 2026-11-22 |',
    '| containerd | CRI-O | alone | power lost |  |  |  | failed on 2026-11-22 |',
    '| containerd | CRI-O | node of a cluster |  |  |  |  | skipped on 2026-11-22: no lab |',
  ]);
});

test('the head of a page is no row, and rows of other migrations stay', () => {
  const first = renderMigrations('', report(['passed', pair]), '2026-11-20');
  const second = renderMigrations(first, report(['passed', { ...pair, to: 'Docker' }]), '2026-11-22');
  expect(second.split('\n').filter(line => line.startsWith('| from'))).toHaveLength(1);
  expect(rowsOf(second)).toEqual([
    '| containerd | CRI-O | alone |  |  |  |  | 2026-11-20 |',
    '| containerd | Docker | alone |  |  |  |  | 2026-11-22 |',
  ]);
});
