import type { OpenConnection } from '../../apply/host-run.ts';
import type { HoldAnswer } from '../../apply/run-host.ts';
import { emptySandboxes } from '../../cri/empty-sandboxes.ts';
import { containerdSocket } from '../../facts/containerd-in-force.ts';

export interface EmptyOptions {
  readonly open: OpenConnection;
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
}

/** What is left on the node once it is drained: pods of DaemonSets, static pods, and those of a kubelet that was dead. */
export const emptyOverCri = async ({ open, signal, tell }: EmptyOptions): Promise<HoldAnswer> => {
  const { empty, removed, reason } = await emptySandboxes(await open(), containerdSocket, { signal });
  if (!empty) {
    return { go: false, code: 'step-failed', reason: `not all sandboxes of the node could be removed: ${reason}` };
  }
  if (removed.length > 0)
    tell(`${removed.length} ${removed.length === 1 ? 'sandbox' : 'sandboxes'} stopped and removed`);
  return { go: true };
};
