import type { DesiredRuntime } from '../../core/desired.ts';

/** Names of settings in plans; an agreed plan binds later rounds to them, so the first round and the next must use the same. */
export const labels = {
  driver: ({ cgroupDriver }: DesiredRuntime): string => `native.cgroupdriver=${cgroupDriver}`,
  sandbox: ({ sandboxImage }: DesiredRuntime): string => `sandbox image = ${sandboxImage}`,
  networkPlugin: 'network plugin = cni',
  cni: (directory: string): string => `CNI plugin directory = ${directory}`,
  package: (name: string, version: string | undefined): string => (version === undefined ? name : `${name} ${version}`),
  selinux: (isOn: boolean): string => `"selinux-enabled": ${isOn}`,
  registries: (key: string): string => `"${key}" of daemon.json`,
} as const;
