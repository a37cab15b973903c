/** What earlier nodeprep runs left under /var/lib/nodeprep (needs root). */
export interface Runs {
  readonly runs: readonly RunRecord[];
  /** Holder of the host lock, alive or stale; undefined = free. */
  readonly lock: { readonly runId: string; readonly holder: string; readonly alive: boolean } | undefined;
}
export interface RunRecord {
  readonly runId: string;
  /** unfinished: the journal has no settle entry. partial: a revert that could not undo everything. */
  readonly state: 'committed' | 'reverted' | 'partial' | 'rolled-back' | 'unfinished';
  readonly holder: string;
  /** Seconds since the epoch. */
  readonly startedAtSeconds: number;
  readonly changes: number;
}
