import type { CommandWord } from './unit-command.ts';

export interface DockerFlag {
  /** Long, without dashes: `exec-opt`. */
  readonly name: string;
  readonly value: string;
  /** Where it is written. */
  readonly place: string;
}

const short: Readonly<Record<string, string>> = {
  D: 'debug',
  G: 'group',
  H: 'host',
  b: 'bridge',
  g: 'data-root',
  l: 'log-level',
  p: 'pidfile',
  s: 'storage-driver',
};

/** They take a value only after `=`. */
const switches = new Set(
  `debug experimental icc init ip-forward ip-masq iptables ip6tables ipv6 live-restore no-new-privileges raw-logs
  rootless selinux-enabled tls tlsverify userland-proxy validate allow-direct-routing bridge-accept-fwmark
  ip-forward-no-drop ipv6-dual-stack`.split(/\s+/),
);

/** Flags of dockerd or cri-dockerd in order, as pflag reads them. */
export const dockerFlags = (words: readonly CommandWord[]): readonly DockerFlag[] => {
  const flags: DockerFlag[] = [];
  for (let index = 1; index < words.length; index += 1) {
    const { text, place } = words[index] ?? { text: '', place: '' };
    const [, long, , value] = /^--([a-z0-9][a-z0-9-]*)(=(.*))?$/s.exec(text) ?? [];
    const [, letter = '', attached = ''] = /^-([A-Za-z])=?(.*)$/s.exec(text) ?? [];
    const name = long ?? short[letter];
    if (name === undefined) continue;
    const own = value ?? (attached === '' ? undefined : attached);
    if (own !== undefined || switches.has(name)) {
      flags.push({ name, value: own ?? 'true', place });
      continue;
    }
    index += 1;
    flags.push({ name, value: words[index]?.text ?? '', place });
  }
  return flags;
};

/** Flags that are lists have another name as keys of daemon.json. */
const keys: Readonly<Record<string, string>> = {
  'add-runtime': 'runtimes',
  'authorization-plugin': 'authorization-plugins',
  'default-address-pool': 'default-address-pools',
  'exec-opt': 'exec-opts',
  host: 'hosts',
  'insecure-registry': 'insecure-registries',
  label: 'labels',
  'log-opt': 'log-opts',
  'node-generic-resource': 'node-generic-resources',
  'registry-mirror': 'registry-mirrors',
  'storage-opt': 'storage-opts',
};

export const keyOfFlag = (name: string): string => keys[name] ?? name;

/** dockerd merges these two instead of refusing them (moby, findConfigurationConflicts). */
export const mergedKeys: readonly string[] = ['runtimes', 'default-address-pools'];
