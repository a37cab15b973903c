export interface Modules {
  /** False: the kernel has no module support (no /proc/modules). */
  readonly support: boolean;
  readonly loaded: readonly string[];
  /** Of the names that checks ask for: built in (modules.builtin or /sys/module/NAME without being loaded). */
  readonly builtin: readonly string[];
  /** Of the names that checks ask for: the module file is on disk for the running kernel. */
  readonly onDisk: readonly string[];
  /** Whether /lib/modules/RELEASE exists for the running kernel. */
  readonly treePresent: boolean;
}
