export interface Clock {
  /** Seconds since the epoch on the host, at some moment between sentAt and receivedAt. */
  readonly epochSeconds: number;
  /** How far the host is ahead of the control side, in seconds, and by how much that may be wrong (half the round trip + 1). */
  readonly aheadSeconds: number;
  readonly uncertaintySeconds: number;
  /** systemd-timesyncd or chrony say synchronised; null = nothing says. */
  readonly synchronized: boolean | null;
}
