import type { DesiredRuntime } from '../../core/desired.ts';

/** Names of settings in plans; an agreed plan binds later rounds to them, so the first round and the next must use the same. */
export const labels = {
  driver: ({ cgroupDriver }: DesiredRuntime): string => `cgroup_manager = ${cgroupDriver}`,
  conmon: (cgroup: string): string => `conmon_cgroup = ${cgroup}`,
  monitor: (handler: string, cgroup: string): string => `monitor_cgroup of ${handler} = ${cgroup}`,
  sandbox: ({ sandboxImage }: DesiredRuntime): string => `pause_image = ${sandboxImage}`,
  cni: (directory: string): string => `plugin_dirs = ${directory}`,
  selinux: (isOn: boolean): string => `selinux = ${isOn}`,
  policy: 'a signature policy that accepts any image',
  registries: 'unqualified image names are those of docker.io',
  directory: 'there for its first start',
  package: ({ version }: DesiredRuntime): string =>
    `cri-o ${version === undefined ? '' : `${version}, `}version resolved at apply`,
} as const;
