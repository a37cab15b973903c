export interface Kernel {
  /** `uname -r`, raw. */
  readonly release: string;
  /** `uname -m`. */
  readonly machine: string;
  readonly cmdline: string;
}
