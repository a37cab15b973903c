import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { type CompiledRound, compileRound, type RoundManifest } from './compile.ts';

import type { ControlRefusal, RunHolds, RunHostOptions } from './run-host.ts';
import type { HostAnswer } from './session.ts';
import { startOnHost } from './start.ts';

export interface Decisions {
  atHold(hold: string, signal: AbortSignal): Promise<HostAnswer>;
  manifests(): readonly RoundManifest[];
  /** Why the first revert was answered. */
  refusal(): ControlRefusal | undefined;
}

/** What the control side answers at the holds of one run: `round-N`, `drained-N`, `sandboxes-N`, `verify`. */
export const makeDecisions = (options: RunHostOptions, first: CompiledRound): Decisions => {
  const manifests: RoundManifest[] = [first.manifest];
  let refusal: ControlRefusal | undefined;
  const revert = (code: ErrorCode, reason: string): HostAnswer => {
    refusal ??= { code, reason };
    return 'revert';
  };
  const afterRound = async (round: number): Promise<HostAnswer> => {
    const decision = await options.afterRound(round);
    if (decision.kind === 'verify') return 'verify';
    if (decision.kind === 'revert') return revert('plan-refused', decision.reason);
    const compiled = compileRound(decision.changes, round + 1);
    manifests.push(compiled.manifest);
    await startOnHost(options.open, options.programs.placeRound(options.identity, round + 1, compiled));
    return 'next';
  };
  const verify = async (): Promise<HostAnswer> => {
    const decision = await options.verify();
    return decision.ok ? 'commit' : revert('verify-failed', decision.reason);
  };
  const emptied = async (hold: keyof RunHolds, signal: AbortSignal): Promise<HostAnswer> => {
    if (options.holds === undefined)
      return revert('joined-node', 'the changes need a node without pods, and nobody empties it');
    const answer = await options.holds[hold](signal);
    return answer.go ? 'go' : revert(answer.code, answer.reason);
  };
  const atHold = async (hold: string, signal: AbortSignal): Promise<HostAnswer> => {
    if (options.signal.aborted) return revert('interrupted', 'interrupted by the operator');
    const [, name = hold, round] = /^(round|drained|sandboxes)-(\d+)$/.exec(hold) ?? [];
    try {
      if (name === 'round') return await afterRound(Number(round));
      if (name === 'drained' || name === 'sandboxes') return await emptied(name, signal);
      return await verify();
    } catch (error) {
      if (!(error instanceof NodeprepError)) throw error;
      if (name === 'round') return revert('plan-refused', error.message);
      return revert(name === 'verify' ? 'verify-failed' : error.code, error.message);
    }
  };
  return { atHold, manifests: () => manifests, refusal: () => refusal };
};
