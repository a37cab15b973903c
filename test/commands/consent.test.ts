import { describe, expect, test } from 'vitest';
import { consentQuestion } from '../../src/commands/consent.ts';
import type { Disruption, HostResult, PlannedChange } from '../../src/core/result.ts';

const change = (disruption: Disruption): PlannedChange => ({
  id: 'x',
  kind: 'file',
  target: '/etc/x',
  summary: 'x',
  because: 'a test',
  disruption,
  phase: 'stage',
  reversible: true,
});
const host = (state: HostResult['state'], ...changes: readonly PlannedChange[]): HostResult => ({
  host: 'a',
  address: '',
  state,
  findings: [],
  changes,
});
const ask = (results: readonly HostResult[], unfinished = 0) => consentQuestion({ verb: 'Make', results, unfinished });

describe('the question', () => {
  test.each([
    ['one of each', [host('ok', change('none'))], 0, 'Make 1 change on 1 host (nothing is disturbed)?'],
    [
      'many, with the worst of them',
      [host('ok', change('none'), change('restart')), host('ok', change('reload'))],
      0,
      'Make 3 changes on 2 hosts (the worst is a restart)?',
    ],
    [
      'what comes with a package that is new there',
      [host('ok', change('none'), { ...change('restart'), kind: 'later' })],
      0,
      'Make 2 changes on 1 host (nothing is disturbed)?',
    ],
    [
      'hosts that are refused or as wanted do not count',
      [host('ok', change('none')), host('refused', change('drain')), host('ok')],
      0,
      'Make 1 change on 1 host (nothing is disturbed)?',
    ],
    [
      'interrupted runs with work besides',
      [host('ok', change('none'))],
      1,
      'First settle interrupted runs on 1 host (unconfirmed changes are reverted), then plan those again. Make 1 change on 1 host (nothing is disturbed)?',
    ],
    [
      'interrupted runs only',
      [host('ok'), host('ok')],
      2,
      'Settle interrupted runs on 2 hosts (unconfirmed changes are reverted)?',
    ],
  ])('%s', (_, results, unfinished, question) => expect(ask(results, unfinished)).toBe(question));
});
