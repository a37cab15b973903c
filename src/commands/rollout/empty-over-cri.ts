import type { OpenConnection } from '../../apply/host-run.ts';
import type { HoldAnswer } from '../../apply/run-host.ts';
import { emptySandboxes } from '../../cri/empty-sandboxes.ts';
import { observe } from '../observe.ts';

export interface EmptyOptions {
  readonly open: OpenConnection;
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
}

/** What is left on the node once it is drained, in any runtime: pods of DaemonSets, static pods, and those of a kubelet that was dead. */
export const emptyOverCri = async ({ open, signal, tell }: EmptyOptions): Promise<HoldAnswer> => {
  const connection = await open();
  const { criSockets } = (await observe(connection, ['criSockets'], signal)).facts;
  if (!criSockets.known) return stays(criSockets.reason);
  const sockets = criSockets.value;
  if (sockets.length === 0) return stays('no runtime has a socket for CRI on this host');
  const silent: string[] = [];
  let count = 0;
  for (const socket of sockets) {
    const { empty, removed, reason = '' } = await emptySandboxes(connection, socket, { signal });
    count += removed.length;
    if (empty) continue;
    const told = `${socket}: ${reason}`;
    if (!isSilent(reason)) return stays(told);
    silent.push(told);
  }
  if (silent.length === sockets.length) return stays(silent.join('; '));
  if (count > 0) tell(`${count} ${count === 1 ? 'sandbox' : 'sandboxes'} stopped and removed`);
  return { go: true };
};

/**
 * Beside another runtime: Docker's containerd serves no CRI, and one that was stopped leaves its socket behind. Whether it has left
 * containers too the host program looks for itself, before the step.
 */
const isSilent = (reason: string): boolean => /does not serve CRI|nothing listens/.test(reason);

const stays = (reason: string | undefined): HoldAnswer => ({
  go: false,
  code: 'step-failed',
  reason: `not all sandboxes of the node could be removed: ${reason}`,
});
