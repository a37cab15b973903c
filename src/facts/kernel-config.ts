/** Only the options that checks ask for are read from the host (a whole config is 270 KB). */
export interface KernelConfig {
  readonly path: string;
  /** Option without `CONFIG_` → `y`, `m` or a value; absent = not set. */
  readonly options: Readonly<Record<string, string>>;
}
