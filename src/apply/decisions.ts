import { type ErrorCode, NodeprepError } from '../core/errors.ts';
import { type CompiledRound, compileRound, type RoundManifest } from './compile.ts';
import { interruption } from './interruption.ts';
import { provide } from './provide.ts';
import type { ControlRefusal, HoldAnswer, RunHolds, RunHostOptions } from './run-host.ts';
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
    const compiled = compileRound(decision.changes, round + 1, options);
    manifests.push(compiled.manifest);
    await provide(decision.changes, options);
    await startOnHost(options, options.programs.placeRound(options.identity, round + 1, compiled));
    return 'next';
  };
  const verify = async (): Promise<HostAnswer> => {
    const decision = await options.verify();
    return decision.ok ? 'commit' : revert('verify-failed', decision.reason);
  };
  const atHold = async (hold: string, signal: AbortSignal): Promise<HostAnswer> => {
    if (options.signal.aborted) {
      const { code, reason } = interruption(options.signal);
      return revert(code, reason);
    }
    const emptied = await atEmptying(hold, options.holds, signal);
    if (emptied !== undefined) return emptied.go ? 'go' : revert(emptied.code, emptied.reason);
    const round = /^round-(\d+)$/.exec(hold)?.[1];
    try {
      return round === undefined ? await verify() : await afterRound(Number(round));
    } catch (error) {
      if (!(error instanceof NodeprepError)) throw error;
      return revert(round === undefined ? 'verify-failed' : 'plan-refused', error.message);
    }
  };
  return { atHold, manifests: () => manifests, refusal: () => refusal ?? stopped(options.signal) };
};

/** The host knows only that it was told to stop, not why. */
const stopped = (signal: AbortSignal): ControlRefusal | undefined => {
  const { code, reason } = interruption(signal);
  return signal.aborted && code !== 'interrupted' ? { code, reason } : undefined;
};

/** What is answered while a node is emptied; undefined: the host waits for something else. */
export const atEmptying = async (
  hold: string,
  holds: RunHolds | undefined,
  signal: AbortSignal,
): Promise<HoldAnswer | undefined> => {
  const name = /^(drained|sandboxes)-\d+$/.exec(hold)?.[1];
  if (name !== 'drained' && name !== 'sandboxes') return undefined;
  if (holds === undefined)
    return { go: false, code: 'joined-node', reason: 'the changes need a node without pods, and nobody empties it' };
  try {
    return await holds[name](signal);
  } catch (error) {
    if (!(error instanceof NodeprepError)) throw error;
    return { go: false, code: error.code, reason: error.message };
  }
};
