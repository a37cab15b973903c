import { setMaxListeners } from 'node:events';
import { NodeprepError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-code.ts';

/** What a command leaves when it is cut off: nothing, or runs on hosts that `settle` puts in order. */
export type AtStake = { readonly changes: false } | { readonly changes: true; readonly settle: string };

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Told by a command before it begins. */
  atStake(stake: AtStake): void;
  /** What SIGINT and SIGTERM call. */
  onSignal(): void;
}

/** The first interrupt asks the command to finish what must not be left half-done; the second stops now. */
export const createInterrupts = (write: (text: string) => void, exit: (code: number) => void): Interrupts => {
  const controller = new AbortController();
  // Every host at work listens; Node.js would warn of a leak from the eleventh on. Of 0, which is no limit too, its getMaxListeners throws.
  setMaxListeners(Number.POSITIVE_INFINITY, controller.signal);
  let stake: AtStake = { changes: false };
  return {
    signal: controller.signal,
    atStake: told => {
      stake = told;
    },
    onSignal: () => {
      if (controller.signal.aborted) {
        if (stake.changes) write(leftBehind(stake.settle));
        exit(exitCodes.interrupted);
        return;
      }
      write(`\n${stake.changes ? finishing : 'stopping'} (press again to stop now) …\n`);
      controller.abort(new NodeprepError('interrupted', 'interrupted'));
    },
  };
};

const finishing = 'finishing the step at work on each host, then taking its run back';

const leftBehind = (settle: string): string =>
  `\nstopped. What was at work on hosts goes on there, and is taken back when nobody confirms it.\nSettle it with: ${settle}\n`;
