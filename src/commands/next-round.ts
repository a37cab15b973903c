import type { RoundDecision } from '../apply/run-host.ts';
import type { Change } from '../changes/change.ts';

/** A plan that still holds changes after this many rounds would never settle; package → files → restart is two. */
export const mostRounds = 5;

/** What was made twice and is planned once more is of no avail: each further time would disturb the host for nothing. */
const mostRepeats = 2;

/** What comes after each round of one run: the changes that are planned then, the proof, or the way back. */
export const nextRound = (): ((round: number, changes: readonly Change[]) => RoundDecision) => {
  let before = '';
  let repeats = 0;
  return (round, changes) => {
    if (changes.length === 0) return { kind: 'verify' };
    const wanted = JSON.stringify(changes.map(({ id, summary, because }) => [id, summary, because]));
    repeats = wanted === before ? repeats + 1 : 0;
    before = wanted;
    if (round < mostRounds && repeats < mostRepeats) return { kind: 'next', changes };
    const left = changes.map(({ target, summary, because }) => `${target} ${summary} (${because})`).join('; ');
    return { kind: 'revert', reason: `after ${round} rounds the plan still holds: ${left}` };
  };
};
