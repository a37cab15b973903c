export interface Service {
  /** systemd's LoadState: loaded, not-found, masked … */
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** enabled, disabled, static, masked, or empty. */
  readonly unitFileState: string;
  /** Seconds since the epoch on the host's clock; null = not running. */
  readonly startedAtSeconds: number | null;
  readonly mainPid: number;
  readonly fragmentPath: string;
  readonly needDaemonReload: boolean;
  readonly restarts: number;
}
/** Unit name → state, for the units that checks and installers ask for. */
export type Services = Readonly<Record<string, Service>>;
