import type { PausedUnit, Runs } from '../../facts/runs.ts';
import { defineCheck } from '../check.ts';

export const pausedUnits = defineCheck({
  id: 'paused-units',
  title: 'No unit is kept from starting by an earlier run of nodeprep',
  severity: 'error',
  source: 'docs/checks.md#paused-units',
  needs: ['runs'],
  evaluate({ runs }) {
    const { paused = [], lock } = runs;
    const left = paused.filter(({ runId }) => !(lock?.alive === true && lock.runId === runId));
    const [first] = left;
    if (first === undefined) {
      if (paused.length === 0) return { status: 'pass', observed: 'none' };
      return { status: 'skip', reason: `run ${lock?.runId ?? ''} is at work and has stopped ${wordsOf(paused)}` };
    }
    return {
      status: 'fail',
      message: `${wordsOf(left)} cannot start, not by a reboot either: run ${first.runId} stopped ${left.length === 1 ? 'it' : 'them'} and could not finish`,
      observed: left.map(({ unit }) => `/var/lib/nodeprep/paused/${unit}`).join(', '),
      expected: 'none',
      remedy: remedyFor(first, runs),
      fixedByApply: false,
    };
  },
});

const wordsOf = (paused: readonly PausedUnit[]): string => paused.map(({ unit }) => unit).join(', ');

/** Recover and rollback start a unit once nothing half done is left under it; by hand it is the operator who knows that. */
const remedyFor = ({ unit, runId }: PausedUnit, { runs }: Runs): string => {
  const run = runs.find(other => other.runId === runId);
  if (run?.state === 'unfinished') return 'nodeprep recover INVENTORY';
  if (run?.state === 'partial') {
    return `repair what /var/lib/nodeprep/runs/${runId}/journal names, then nodeprep rollback INVENTORY --run ${runId}`;
  }
  return `that run is not there any more; look at the host, then: rm /etc/systemd/system/${unit}.d/00-nodeprep-paused.conf /var/lib/nodeprep/paused/${unit} && systemctl daemon-reload && systemctl start ${unit}`;
};
