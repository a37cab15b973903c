import type { Api } from './api.ts';
import type { ClusterClock } from './clock.ts';
import type { Lease, LeaseHolder } from './cluster.ts';
import { createLease, type HeldLease, leaseDurationMs, lockHeld, readLease, writeLease } from './lease-object.ts';
import { keepRenewing, type OwnVersions } from './lease-renewal.ts';

const pollMs = 2_500;

/**
 * Takes the lock of the cluster. Found held, it is watched for one duration on our own clock, since the clocks of two machines
 * may differ: renewed → `lock-held`; else its holder is gone and it is taken over.
 */
export const acquireLease = async (
  api: Api,
  clock: ClusterClock,
  identity: LeaseHolder,
  own: OwnVersions,
): Promise<Lease> => {
  for (;;) {
    const found = await readLease(api);
    if (found === undefined) {
      const sentAt = clock.now();
      const created = await createLease(api, clock, identity);
      if (created !== undefined) return keepRenewing(api, clock, identity, { ...created, sentAt }, own);
      continue;
    }
    const isFree = found.holder === '' || own.has(found.version);
    if (!isFree) await watchHolder(api, clock, found);
    const sentAt = clock.now();
    const taken = await writeLease(api, clock, found, identity);
    if (taken.kind === 'written') return keepRenewing(api, clock, identity, { ...taken, sentAt }, own);
  }
};

/** Ends where the holder has let it go or has not renewed it for a whole duration; else fails with `lock-held`. */
const watchHolder = async (api: Api, clock: ClusterClock, found: HeldLease): Promise<void> => {
  const end = clock.now() + leaseDurationMs;
  while (clock.now() < end) {
    await clock.sleep(Math.min(pollMs, end - clock.now()));
    const now = await readLease(api);
    if (now === undefined || now.holder === '') return;
    if (now.version !== found.version) throw lockHeld(now.holder);
  }
};
