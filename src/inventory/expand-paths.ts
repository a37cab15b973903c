import { join, resolve } from 'node:path';
import type { DesiredRuntime } from '../core/desired.ts';
import type { ClusterAccess, Inventory, InventoryHost, SecretReference } from './inventory.ts';

export interface PathBase {
  readonly home: string;
  /** Where relative paths start: the directory of the inventory. */
  readonly directory: string;
}

/** `~/x` and relative paths of an inventory → absolute ones. */
export const expandPaths = (inventory: Inventory, base: PathBase): Inventory => ({
  ...inventory,
  hosts: inventory.hosts.map(host => expandHost(host, base)),
  cluster: expandCluster(inventory.cluster, base),
});

const expandCluster = (cluster: ClusterAccess | undefined, base: PathBase): ClusterAccess | undefined => {
  if (cluster === undefined) return undefined;
  return cluster.kind === 'kubeconfig'
    ? { ...cluster, path: expandPath(cluster.path, base) }
    : { ...cluster, hosts: cluster.hosts.map(host => expandHost(host, base)) };
};

const expandHost = (host: InventoryHost, base: PathBase): InventoryHost => ({
  ...host,
  ssh: {
    ...host.ssh,
    identityFile: host.ssh.identityFile === undefined ? undefined : expandPath(host.ssh.identityFile, base),
    knownHosts: expandPath(host.ssh.knownHosts, base),
    passphrase: expandSecret(host.ssh.passphrase, base),
  },
  sudo: { password: expandSecret(host.sudo.password, base) },
  desired: { ...host.desired, runtime: expandRuntime(host.desired.runtime, base) },
});

const expandRuntime = (runtime: DesiredRuntime, base: PathBase): DesiredRuntime => {
  const { archives = {}, repository } = runtime;
  const expanded = Object.entries(archives).map(([component, { source, sha256 }]) => [
    component,
    { sha256, source: source.from === 'file' ? { ...source, path: expandPath(source.path, base) } : source },
  ]);
  const key = repository?.key;
  return {
    ...runtime,
    ...(runtime.archives === undefined ? {} : { archives: Object.fromEntries(expanded) }),
    ...(key?.from === 'file'
      ? { repository: { ...repository, key: { ...key, path: expandPath(key.path, base) } } }
      : {}),
  };
};

const expandSecret = (secret: SecretReference | undefined, base: PathBase): SecretReference | undefined =>
  secret !== undefined && 'file' in secret ? { file: expandPath(secret.file, base) } : secret;

export const expandPath = (path: string, { home, directory }: PathBase): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : resolve(directory, path);
