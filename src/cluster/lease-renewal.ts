import { NodeprepError } from '../core/errors.ts';
import type { Api } from './api.ts';
import type { ClusterClock } from './clock.ts';
import type { Lease, LeaseHolder } from './cluster.ts';
import {
  type HeldLease,
  identityText,
  type LeaseLimits,
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
/** A request that hangs must not be the only try; the last one has all the time that is left. */
const attemptMs = 4_000;
const shortestAttemptMs = 1_500;
/** Write and look, where no lock runs out. */
const outageAttemptMs = 2 * attemptMs;

/** Renews until it is released or lost. Others may take over a duration after our last write; we count from before we sent it. */
export const keepRenewing = (
  api: Api,
  clock: ClusterClock,
  identity: LeaseHolder,
  first: HeldLease & { readonly sentAt: number },
  own: OwnVersions,
): Lease => {
  const lost = new AbortController();
  const released = new AbortController();
  let held: HeldLease = first;
  let renewedAt = first.sentAt;
  let outages = 0;
  /** When each of our writes was sent, by the time that it bears: one whose answer was lost may have been carried out. */
  const sent = new Map<string, number>();

  /** false: it is ours, but was not written. */
  const renew = async (limits: LeaseLimits): Promise<boolean> => {
    const asked = clock.now();
    const onSend = (renewTime: string) => void sent.set(renewTime, asked);
    const written = await writeLease(api, clock, held, identity, { ...limits, onSend });
    if (written.kind === 'written') {
      held = written;
      renewedAt = asked;
      return true;
    }
    const now = await readLease(api, limits);
    if (now?.holder !== identityText(identity)) throw takenAway(now);
    held = now;
    // Else somebody has only labelled it: it is still ours, in another version.
    const writtenAt = sent.get(now.renewTime) ?? renewedAt;
    renewedAt = Math.max(renewedAt, writtenAt);
    return writtenAt === asked;
  };

  /** Whatever a request hangs at, it does not outlast the lock. */
  const renewWithin = async (limitMs: number): Promise<boolean> => {
    const over = new AbortController();
    const timeoutMs = limitMs >= attemptMs + retryMs + shortestAttemptMs ? attemptMs : limitMs;
    const late = clock.sleep(limitMs, over.signal).then((): never => {
      throw new NodeprepError('cluster-unreachable', `no answer within ${Math.round(limitMs / 1_000)} s`);
    });
    try {
      return await Promise.race([renew({ timeoutMs, signal: over.signal }), late]);
    } finally {
      over.abort();
    }
  };

  const leftMs = (): number => renewedAt + leaseDurationMs - clock.now();

  const pauseMs = (isLate: boolean): number => {
    if (!isLate) return renewMs;
    return outages === 0 ? Math.min(retryMs, Math.max(0, leftMs())) : retryMs;
  };

  const loop = async (): Promise<void> => {
    let problem: string | undefined;
    while (!released.signal.aborted) {
      await clock.sleep(pauseMs(problem !== undefined), released.signal);
      if (released.signal.aborted) return;
      if (outages === 0 && leftMs() < shortestAttemptMs) {
        await clock.sleep(Math.max(0, leftMs()));
        own.add(held.version);
        return lost.abort(notRenewed(problem));
      }
      try {
        const isWritten = await renewWithin(outages === 0 ? leftMs() : outageAttemptMs);
        problem = isWritten ? undefined : 'somebody else writes it too';
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
      await writeLease(api, clock, held, undefined).catch(() => undefined);
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
