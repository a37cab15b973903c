import { unfinishedRun } from '../../../src/checks/access/unfinished-run.ts';
import type { RunRecord, Runs } from '../../../src/facts/runs.ts';
import { testCheck } from '../../check-tester.ts';

const run = (runId: string, state: RunRecord['state'], startedAtSeconds = 1_790_000_000): RunRecord => ({
  runId,
  state,
  holder: 'ops@ci-7',
  startedAtSeconds,
  changes: 3,
});
const facts = (runs: readonly RunRecord[], lock?: Runs['lock']) => ({ runs: { runs, lock } });
const heldBy = (runId: string, alive: boolean) => ({ runId, holder: 'ops@ci-7', alive });

testCheck(unfinishedRun, {
  pass: [
    { name: 'no runs', facts: facts([]), observed: 'no runs' },
    {
      name: 'settled runs',
      facts: facts([run('b', 'committed', 2), run('a', 'reverted', 1)]),
      observed: 'b: committed',
    },
    {
      name: 'a partial revert that a later run has made good',
      facts: facts([run('b', 'committed', 2), run('a', 'partial', 1)]),
    },
  ],
  fail: [
    {
      name: 'interrupted',
      facts: facts([run('a', 'unfinished')]),
      message: 'run a by ops@ci-7 was interrupted and is not settled',
      observed: 'a: unfinished, 3 changes, started 2026-09-21T14:13:20.000Z',
      severity: 'error',
      fixedByApply: true,
    },
    {
      name: 'interrupted, with a stale lock',
      facts: facts([run('a', 'unfinished')], heldBy('a', false)),
      severity: 'error',
    },
    {
      name: 'at work',
      facts: facts([run('a', 'unfinished')], heldBy('a', true)),
      severity: 'info',
      message: /is at work/,
    },
    {
      name: 'interrupted while another is at work',
      facts: facts([run('b', 'unfinished', 2), run('a', 'unfinished', 1)], heldBy('b', true)),
      severity: 'error',
      message: /^run a /,
    },
    {
      name: 'partial',
      facts: facts([run('a', 'committed', 1), run('b', 'partial', 2)]),
      severity: 'warning',
      message: /^run b /,
    },
  ],
});
