import { describe, expect, it } from 'vitest';
import type { ServiceChange } from '../../src/changes/change.ts';
import { mostRounds, nextRound } from '../../src/commands/next-round.ts';

const restart = (because: string): ServiceChange =>
  ({
    kind: 'service',
    id: 'service:crio.service',
    target: 'crio.service',
    summary: 'restarted',
    because,
  }) as ServiceChange;

describe('after a round', () => {
  it('nothing that is planned any more is to be proved', () => {
    expect(nextRound()(1, [])).toEqual({ kind: 'verify' });
  });

  it('what is planned for another reason is made', () => {
    const decide = nextRound();
    const kinds = ['a', 'b', 'a', 'b'].map((because, index) => decide(index + 1, [restart(because)]).kind);
    expect(kinds).toEqual(['next', 'next', 'next', 'next']);
  });

  it('what was made twice and is planned once more goes back, and says of whom and why', () => {
    const decide = nextRound();
    const silent = [restart('it serves no CRI at /run/crio/crio.sock')];
    expect(decide(1, silent).kind).toBe('next');
    expect(decide(2, silent).kind).toBe('next');
    expect(decide(3, silent)).toEqual({
      kind: 'revert',
      reason: 'after 3 rounds the plan still holds: crio.service restarted (it serves no CRI at /run/crio/crio.sock)',
    });
  });

  it('there is an end, whatever is planned', () => {
    const decide = nextRound();
    const decisions = Array.from({ length: mostRounds }, (_, index) => decide(index + 1, [restart(String(index))]));
    expect(decisions.map(({ kind }) => kind)).toEqual(['next', 'next', 'next', 'next', 'revert']);
  });
});
