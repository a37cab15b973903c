import { expect, test } from 'vitest';
import { renderCritest } from '../../scripts/critest-table.ts';
import type { CritestRun } from '../nodes/support/critest/run.ts';

const run: CritestRun = {
  runtime: 'containerd 1.7',
  source: 'distribution',
  suite: 'trixie',
  version: '1.7.24',
  passed: ['one', 'two'],
  failed: [],
  skipped: { 'no AppArmor': 9, 'a benchmark': 5 },
};
const report = (...runs: readonly (readonly [string, CritestRun?])[]) => ({
  testResults: [
    {
      assertionResults: runs.map(([status, critest]) => ({ status, meta: critest === undefined ? {} : { critest } })),
    },
  ],
});
const rowsOf = (page: string): readonly string[] => page.split('\n').filter(line => /^\| c/.test(line));

test('a row counts what passed and failed, and says why the others were left out', () => {
  expect(rowsOf(renderCritest('', report(['passed', run], ['passed']), '2026-11-21'))).toEqual([
    '| containerd 1.7 | distribution | trixie | 1.7.24 | 2 | 0 | 5: a benchmark; 9: no AppArmor | 2026-11-21 |',
  ]);
});

test('a run of one runtime leaves the rows of the others, and replaces its own', () => {
  const first = renderCritest('', report(['passed', run], ['passed', { ...run, runtime: 'cri' }]), '2026-11-21');
  const again = renderCritest(
    first,
    report(['failed', { ...run, failed: ['two'], passed: ['one'], skipped: {} }]),
    '2026-11-22',
  );
  expect(rowsOf(again)).toEqual([
    '| containerd 1.7 | distribution | trixie | 1.7.24 | 1 | 1 |  | failed on 2026-11-22 |',
    '| cri | distribution | trixie | 1.7.24 | 2 | 0 | 5: a benchmark; 9: no AppArmor | 2026-11-21 |',
  ]);
});
