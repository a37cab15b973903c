import { NodeprepError } from '../core/errors.ts';
import type { Api } from './api.ts';
import type { ClusterClock } from './clock.ts';
import type { Lease, LeaseHolder } from './cluster.ts';
import {
  type HeldLease,
  identityText,
  leaseDurationMs,
  leaseName,
  lockHeld,
  readLease,
  writeLease,
} from './lease-object.ts';

/** Versions that this process wrote and does not renew any more: nobody's to wait for. */
export type OwnVersions = Set<string>;

const renewMs = 5_000;
/** After a renewal that failed. */
const retryMs = 1_000;
/** A request that hangs must not be the only try. */
const attemptMs = 4_000;
const shortestAttemptMs = 1_500;

/** Renews until it is released or lost. Others may take over a duration after our last write; we count from before we sent it. */
export const keepRenewing = (
  api: Api,
  clock: ClusterClock,
  identity: LeaseHolder,
  first: HeldLease,
  own: OwnVersions,
): Lease => {
  const lost = new AbortController();
  const released = new AbortController();
  let held = first;
  let renewedAt = clock.now();
  let outages = 0;

  /** false: it is ours, but was not written. */
  const renew = async (leftMs: number): Promise<boolean> => {
    const asked = clock.now();
    const written = await writeLease(api, clock, held, identity, { timeoutMs: Math.min(attemptMs, leftMs) });
    if (written.kind === 'written') {
      held = written;
      renewedAt = asked;
      return true;
    }
    const now = await readLease(api);
    if (now?.holder !== identityText(identity)) throw takenAway(now);
    // Somebody has only labelled it: it is still ours, in another version.
    held = now;
    return false;
  };

  const loop = async (): Promise<void> => {
    let problem: string | undefined;
    while (!released.signal.aborted) {
      await clock.sleep(problem === undefined ? renewMs : retryMs, released.signal);
      if (released.signal.aborted) return;
      const leftMs = renewedAt + leaseDurationMs - clock.now();
      if (outages === 0 && leftMs < shortestAttemptMs) {
        await clock.sleep(leftMs);
        own.add(held.version);
        return lost.abort(notRenewed(problem));
      }
      try {
        problem = (await renew(outages === 0 ? leftMs : attemptMs)) ? undefined : 'somebody else writes it too';
      } catch (error) {
        if (error instanceof NodeprepError && error.code === 'lock-held') return lost.abort(error);
        problem = error instanceof Error ? error.message : String(error);
      }
    }
  };

  const ended = loop();
  return {
    lost: lost.signal,
    expectOutage: () => {
      let isOver = false;
      outages += 1;
      return () => {
        if (!isOver) outages -= 1;
        isOver = true;
      };
    },
    release: async () => {
      released.abort();
      await ended;
      if (lost.signal.aborted) return;
      own.add(held.version);
      // It ends by itself after a duration.
      await writeLease(api, clock, held, undefined, {}).catch(() => undefined);
    },
  };
};

const takenAway = (now: HeldLease | undefined): NodeprepError =>
  now === undefined || now.holder === ''
    ? new NodeprepError(
        'lock-held',
        `somebody has taken the lock of the cluster (Lease kube-system/${leaseName}) away`,
        {
          hint: 'Find out who, then: nodeprep recover INVENTORY',
        },
      )
    : lockHeld(now.holder);

const notRenewed = (problem: string | undefined): NodeprepError =>
  new NodeprepError(
    'cluster-unreachable',
    `the lock of the cluster could not be renewed for ${leaseDurationMs / 1_000} s, so another run may take it: ${problem ?? 'no time was left'}`,
    { hint: 'Is the API server up? Then: nodeprep recover INVENTORY' },
  );
