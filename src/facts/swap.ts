export interface Swap {
  readonly active: readonly {
    readonly device: string;
    readonly type: string;
    readonly sizeKib: number;
    readonly usedKib: number;
  }[];
  /** Lines of /etc/fstab that turn swap on at boot (not comments, not noauto). */
  readonly fstab: readonly { readonly line: number; readonly text: string }[];
  readonly fstabFile: import('./fact.ts').HostFile;
  /** Unit names of type swap that come from unit files (not generated from fstab), unmasked. */
  readonly units: readonly string[];
  /** zram generator configuration that would create swap at boot: path of the winning file; undefined = none or masked. */
  readonly zramConfig: string | undefined;
  /** The path below /etc/systemd that masks `zramConfig` (same name), as it is (type absent when missing): a plan guards it. */
  readonly zramFile?: import('./fact.ts').HostFile;
}
