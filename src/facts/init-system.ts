export interface InitSystem {
  readonly systemd: boolean;
  readonly version: number | null;
  readonly bootId: string;
  /** Seconds since the epoch. */
  readonly bootedAtSeconds: number;
}
