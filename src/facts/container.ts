/** Whether the host is itself a container, and of which kind (`systemd-nspawn`, `lxc`, `docker` …); null = it is not. */
export interface Container {
  readonly kind: string | null;
  /** /proc/sys outside net is read-only. */
  readonly readOnlySysctls: boolean;
}
