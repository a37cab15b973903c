import type { DesiredRuntime } from '../../core/desired.ts';

/** Names of settings in plans; an agreed plan binds later rounds to them, so the first round and the next must use the same. */
export const labels = {
  driver: ({ cgroupDriver }: DesiredRuntime): string => `SystemdCgroup = ${cgroupDriver === 'systemd'}`,
  sandbox: ({ sandboxImage }: DesiredRuntime): string => `sandbox image = ${sandboxImage}`,
  criEnabled: 'CRI plugin enabled',
  cni: (directory: string): string => `CNI plugin directory = ${directory}`,
  registryRoot: (directory: string): string => `registry config_path = ${directory}`,
  registriesMoved: 'registries of config.toml moved to hosts.toml',
  registry: (name: string): string => `hosts.toml of ${name === '*' ? 'other registries' : name}`,
  selinux: (isOn: boolean): string => `enable_selinux = ${isOn}`,
  legacyDriver: 'systemd_cgroup = false',
  version: (version: number): string => `version = ${version}`,
  package: ({ version }: DesiredRuntime): string =>
    `${version === undefined ? '' : `${version}, `}version resolved at apply`,
} as const;
