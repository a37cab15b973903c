/** Settings of all sysctl.d files in the order in which systemd-sysctl applies them at boot (later wins; masked files left out). */
export interface SysctlFiles {
  readonly settings: readonly SysctlSetting[];
  /** Whether `/etc/sysctl.conf` exists without being linked into sysctl.d: `sysctl --system` reads it, the boot does not. */
  readonly looseSysctlConf: readonly SysctlSetting[];
  /** /etc/sysctl.d/{99-zz,zz,zzz}-nodeprep.conf as they are (type absent when missing): a plan that writes one guards it. */
  readonly ownFiles?: readonly import('./fact.ts').HostFile[];
}
export interface SysctlSetting {
  /** Dotted form, `net.ipv4.ip_forward`. */
  readonly key: string;
  readonly value: string;
  readonly path: string;
  readonly line: number;
}
