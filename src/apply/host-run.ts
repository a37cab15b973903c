import type { Connection } from '../connect/connection.ts';
import type { JournalEntry, RunProgress, SettleWord } from './journal.ts';

/**
 * The host's connection. The caller keeps and closes it; when `lost` is passed, that one no longer works and another
 * is wanted. Throws `NodeprepError` where there is none to be had.
 */
export type OpenConnection = (lost?: Connection) => Promise<Connection>;

/** What happens on a host, as it happens, for progress lines. */
export type HostRunEvent =
  | { readonly kind: 'entry'; readonly runId: string; readonly entry: JournalEntry }
  | { readonly kind: 'lost'; readonly runId: string }
  | { readonly kind: 'reconnected'; readonly runId: string }
  /** Another run's program was alive and nobody drove it. */
  | { readonly kind: 'taken-over'; readonly runId: string; readonly holder: string }
  /** An interrupted run is being settled first. */
  | { readonly kind: 'recovering'; readonly runId: string };

/** How following a run ended. */
export type FollowEnd =
  | { readonly kind: 'settled'; readonly word: SettleWord }
  /** The host program is gone and has not settled. */
  | { readonly kind: 'dead' }
  /** The connection was lost and did not come back in time; the run goes on without us. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The host does not know the run. */
  | { readonly kind: 'gone' };

export interface Followed {
  readonly end: FollowEnd;
  readonly progress: RunProgress;
}
