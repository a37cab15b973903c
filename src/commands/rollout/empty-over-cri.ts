import type { OpenConnection } from '../../apply/host-run.ts';
import type { HoldAnswer } from '../../apply/run-host.ts';
import { type Emptied, emptySandboxes } from '../../cri/empty-sandboxes.ts';
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
  const asked: AskedSocket[] = [];
  for (const socket of sockets) {
    const emptied = await emptySandboxes(connection, socket, { signal });
    asked.push({ socket, ...emptied });
    if (isStuck(emptied)) break;
  }
  const answer = emptyAnswer(asked);
  const count = asked.flatMap(({ removed }) => removed).length;
  if (answer.go && count > 0) tell(`${count} ${count === 1 ? 'sandbox' : 'sandboxes'} stopped and removed`);
  return answer;
};

export interface AskedSocket extends Emptied {
  readonly socket: string;
}

/** One runtime at least must have said that it has none left. */
export const emptyAnswer = (asked: readonly AskedSocket[]): HoldAnswer => {
  const told = (some: readonly AskedSocket[]): string =>
    some.map(({ socket, reason = '' }) => `${socket}: ${reason}`).join('; ');
  const stuck = asked.filter(isStuck);
  if (stuck.length > 0) return stays(told(stuck));
  return asked.some(({ empty }) => empty) ? { go: true } : stays(told(asked));
};

/**
 * Not so beside another runtime: Docker's containerd serves no CRI, one that was stopped leaves its socket behind, and systemd listens for
 * a cri-dockerd that its package has started before the engine is there, and that ends at once. Whether any of them has left containers
 * the host program looks for itself, before the step.
 */
const isStuck = ({ empty, reason = '' }: Emptied): boolean =>
  !empty && !/does not serve CRI|nothing listens|^the connection to the runtime ended/.test(reason);

const stays = (reason: string | undefined): HoldAnswer => ({
  go: false,
  code: 'step-failed',
  reason: `not all sandboxes of the node could be removed: ${reason}`,
});
