export const namespaceKinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];
export interface Namespaces {
  /** Kinds in /proc/self/ns. */
  readonly present: readonly NamespaceKind[];
  /** /proc/sys/user/max_*_namespaces; null = no such file. */
  readonly quotas: Readonly<Record<NamespaceKind, number | null>>;
}
