export interface Cgroups {
  readonly version: 'v1' | 'v2' | 'hybrid';
  /** v2: root cgroup.controllers; v1 and hybrid: enabled in /proc/cgroups. */
  readonly controllers: readonly string[];
  /** v2 only: controllers that /proc/cgroups lists but the unified tree does not have (bound to v1 elsewhere). */
  readonly boundElsewhere: readonly string[];
  /** v2 only: `cgroup.freeze` exists in a child group. */
  readonly freezer: boolean;
}
