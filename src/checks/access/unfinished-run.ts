import type { RunRecord, Runs } from '../../facts/runs.ts';
import { defineCheck } from '../check.ts';

export const unfinishedRun = defineCheck({
  id: 'unfinished-run',
  title: 'No earlier run of nodeprep is left half done',
  severity: 'error',
  source: 'docs/checks.md#unfinished-run',
  needs: ['runs'],
  fixable: true,
  evaluate({ runs }) {
    const unfinished = runs.runs.filter(({ state }) => state === 'unfinished');
    const atWork = unfinished.find(run => isAtWork(run, runs));
    const left = unfinished.find(run => run !== atWork);
    if (left !== undefined) {
      return {
        status: 'fail',
        message: `run ${left.runId} by ${left.holder} was interrupted and is not settled`,
        observed: tell(left),
        expected: 'every run committed or reverted',
        remedy: 'nodeprep recover INVENTORY; the next apply or rollback settles it too',
        fixedByApply: true,
      };
    }
    if (atWork !== undefined) {
      return {
        status: 'fail',
        message: `run ${atWork.runId} by ${atWork.holder} is at work on this host`,
        observed: tell(atWork),
        expected: 'no run at work',
        remedy: 'wait for its end; if that machine is gone: nodeprep recover INVENTORY',
        fixedByApply: false,
        severity: 'info',
      };
    }
    const last = newest(runs.runs);
    if (last?.state === 'partial') {
      return {
        status: 'fail',
        message: `run ${last.runId} by ${last.holder} could not undo everything`,
        observed: tell(last),
        expected: 'every run committed or reverted',
        remedy: `repair what /var/lib/nodeprep/runs/${last.runId}/journal names, then nodeprep rollback INVENTORY takes the rest back; or go on with nodeprep apply INVENTORY`,
        fixedByApply: false,
        severity: 'warning',
      };
    }
    return { status: 'pass', observed: last === undefined ? 'no runs' : `${last.runId}: ${last.state}` };
  },
});

const isAtWork = ({ runId }: RunRecord, { lock }: Runs): boolean => lock?.alive === true && lock.runId === runId;

const newest = (runs: readonly RunRecord[]): RunRecord | undefined =>
  runs.toSorted((left, right) => left.startedAtSeconds - right.startedAtSeconds).at(-1);

const tell = ({ runId, state, changes, startedAtSeconds }: RunRecord): string =>
  `${runId}: ${state}, ${changes} changes, started ${new Date(startedAtSeconds * 1000).toISOString()}`;
