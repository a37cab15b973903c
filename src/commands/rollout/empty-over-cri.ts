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
  let count = 0;
  for (const socket of sockets) {
    const { empty, removed, reason } = await emptySandboxes(connection, socket, { signal });
    count += removed.length;
    // Beside another runtime, a daemon without CRI is Docker's containerd; the host program looks for containers of it too.
    const isBeside = sockets.length > 1 && /does not serve CRI/.test(reason ?? '');
    if (!empty && !isBeside) return stays(`${socket}: ${reason}`);
  }
  if (count > 0) tell(`${count} ${count === 1 ? 'sandbox' : 'sandboxes'} stopped and removed`);
  return { go: true };
};

const stays = (reason: string | undefined): HoldAnswer => ({
  go: false,
  code: 'step-failed',
  reason: `not all sandboxes of the node could be removed: ${reason}`,
});
