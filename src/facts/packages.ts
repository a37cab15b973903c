export interface Packages {
  readonly manager: 'apt' | 'dnf' | 'yum' | 'zypper' | 'none';
  /** Of the packages that installers ask for: name → installed version; absent = not installed. */
  readonly installed: Readonly<Record<string, string>>;
  readonly held: readonly string[];
  /** Names in a half-installed or unconfigured state (dpkg --audit). */
  readonly broken: readonly string[];
  /** Newest modification of the package lists, seconds since the epoch; null = no lists. */
  readonly listsUpdatedSeconds: number | null;
}
