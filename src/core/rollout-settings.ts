/** How disruptive changes go through a cluster: what the inventory says under `rollout`, everything resolved. */
export interface RolloutSettings {
  /** Of workers; control planes always go one at a time. */
  readonly maxUnavailable: MaxUnavailable;
  /** How long evicted workloads may take to be available again. */
  readonly settleTimeoutMs: number;
  readonly drain: {
    readonly timeoutMs: number;
    /** What a drain may lose. */
    readonly accept: readonly DrainLoss[];
  };
  /** Who goes first, alone. undefined: nobody. */
  readonly canary: Canary | undefined;
  /** What stands between two batches. undefined: nothing. */
  readonly pause: Pause | undefined;
  /** When nodes may be changed. undefined: at any time. */
  readonly window: RolloutWindow | undefined;
  /** The rollout stops once this many nodes have failed; 1: at the first. */
  readonly maxFailures: number;
  /** Groups whose hosts go first, in this order; hosts of none of them go last. */
  readonly order: readonly string[];
}

export type MaxUnavailable =
  | { readonly kind: 'count'; readonly count: number }
  /** 1 to 100, of the cluster's worker Nodes, rounded down, at least one. */
  | { readonly kind: 'percent'; readonly percent: number };

export const drainLosses = ['bare-pods', 'empty-dir', 'local-volumes'] as const;
export type DrainLoss = (typeof drainLosses)[number];

export type Canary =
  /** Names of hosts, groups already taken apart. Hosts that have nothing to be rolled out are no canaries. */
  | { readonly kind: 'hosts'; readonly hosts: readonly string[] }
  /** The first so many in the order of the rollout. */
  | { readonly kind: 'count'; readonly count: number };

export type Pause =
  | { readonly kind: 'time'; readonly ms: number }
  /** Run once without a shell; exit status 0 within the time lets the rollout go on, anything else stops it. */
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly timeoutMs: number }
  /** Asked again and again; an answer of 200 to 299 lets the rollout go on, none within the time stops it. */
  | { readonly kind: 'http'; readonly url: string; readonly timeoutMs: number };

/** As `Intl` writes them in English, lower case; Monday first. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

export interface RolloutWindow {
  /** Days on which a window begins; one that passes midnight ends on the next day. */
  readonly days: readonly Weekday[];
  /** Minutes after midnight, 0 to 1439. `to` before `from`: it ends on the next day. Never the same. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** A name of the IANA time zone database, or `UTC`. */
  readonly timezone: string;
}
