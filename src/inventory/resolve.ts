import type { DesiredArchive, DesiredKey, DesiredNode, DesiredProxy, DesiredRuntime } from '../core/desired.ts';
import { throughProxy } from '../core/no-proxy.ts';
import type { Waiver } from '../core/result.ts';
import type { CertificateReader } from './certificates.ts';
import { defaults } from './defaults.ts';
import { durationMs } from './duration.ts';
import type { Inventory, InventoryHost, SshSettings } from './inventory.ts';
import { sandboxImageFor } from './kubernetes-versions.ts';
import { resolveCluster, resolveRollout } from './resolve-cluster.ts';
import { resolveRegistries } from './resolve-registries.ts';
import type { HostEntry, InventoryFile, Settings } from './schema.ts';

export interface ResolveOptions {
  /** Who runs nodeprep; logs in where the inventory names nobody. */
  readonly currentUser: string;
  /** Certificates that the inventory names by file. */
  readonly readCertificate?: CertificateReader;
}

/** A valid inventory → everything that it says of hosts, groups and the cluster, settled. */
export const resolveInventory = (
  file: InventoryFile,
  options: ResolveOptions,
): Pick<Inventory, 'hosts' | 'groups' | 'cluster' | 'rollout'> => {
  const hosts = resolveHosts(file, options);
  return {
    hosts,
    groups: Object.keys(file.groups ?? {}),
    cluster: resolveCluster(file, hosts),
    rollout: resolveRollout(file, hosts),
  };
};

/** A valid inventory → hosts with everything settled: defaults, then the groups in the order the host names them, then the host. */
export const resolveHosts = (file: InventoryFile, options: ResolveOptions): readonly InventoryHost[] =>
  Object.entries(file.hosts).map(([name, entry]) => resolveHost(file, name, entry, options));

const resolveHost = (file: InventoryFile, name: string, entry: HostEntry, options: ResolveOptions): InventoryHost => {
  const groups = entry.groups ?? [];
  const ofGroups = groups.map(group =>
    file.groups !== undefined && Object.hasOwn(file.groups, group) ? file.groups[group] : {},
  );
  const layers: readonly Settings[] = [file.defaults ?? {}, ...ofGroups.map(group => group ?? {}), entry];
  const settings = layers.reduce(mergeSettings, {});
  const version = file.kubernetes?.version ?? defaults.kubernetesVersion;
  return {
    name,
    address: entry.address ?? 'localhost',
    port: settings.ssh?.port ?? defaults.ssh.port,
    connection: entry.connection ?? defaults.connection,
    ssh: resolveSsh(settings.ssh ?? {}, options),
    sudo: { password: settings.sudo?.password },
    desired: resolveDesired(name, groups, version, settings, waiversOf(file, name, groups), options),
  };
};

/** Maps merge, the later value wins; a list or a reference to a secret is one value. */
export const mergeSettings = (base: Settings, over: Settings): Settings => ({
  ...base,
  ...over,
  ssh: { ...base.ssh, ...over.ssh },
  sudo: { ...base.sudo, ...over.sudo },
  verify: { ...base.verify, ...over.verify },
  ...(base.proxy === undefined && over.proxy === undefined ? {} : { proxy: { ...base.proxy, ...over.proxy } }),
  runtime: mergeRuntime(base.runtime ?? {}, over.runtime ?? {}),
});

type RuntimeSettings = NonNullable<Settings['runtime']>;

/** A version and a repository belong to the runtime that they were written for: `version: "2.1"` of containerd must not reach a group that says `name: cri-o`. */
const mergeRuntime = (base: RuntimeSettings, over: RuntimeSettings): RuntimeSettings => {
  const isOther = over.name !== undefined && over.name !== (base.name ?? defaults.runtime.name);
  return {
    ...base,
    ...(isOther ? { version: undefined, handlers: undefined, defaultHandler: undefined } : {}),
    ...over,
    archives: { ...base.archives, ...over.archives },
    repository: { ...(isOther ? {} : base.repository), ...over.repository },
    cni: { ...base.cni, ...over.cni },
    registryMirrors: { ...base.registryMirrors, ...over.registryMirrors },
    registries: mergeEach(base.registries ?? {}, over.registries ?? {}),
  };
};

const resolveProxy = ({ http, https, noProxy = [] }: NonNullable<Settings['proxy']>): DesiredProxy => ({
  http: http?.replace(/\/$/, ''),
  https: https?.replace(/\/$/, ''),
  noProxy: [...new Set(noProxy)],
});

type Registries = NonNullable<RuntimeSettings['registries']>;

const mergeEach = (base: Registries, over: Registries): Registries => ({
  ...base,
  ...Object.fromEntries(Object.entries(over).map(([name, trust]) => [name, { ...base[name], ...trust }])),
});

const resolveSsh = (ssh: NonNullable<Settings['ssh']>, { currentUser }: ResolveOptions): SshSettings => ({
  user: ssh.user ?? currentUser,
  identityFile: ssh.identityFile,
  passphrase: ssh.passphrase,
  agent: ssh.agent ?? defaults.ssh.agent,
  hostKeys: ssh.hostKeys ?? defaults.ssh.hostKeys,
  knownHosts: ssh.knownHosts ?? defaults.ssh.knownHosts,
  connectTimeoutMs: durationMs(ssh.connectTimeout ?? defaults.ssh.connectTimeout) ?? 0,
});

const resolveDesired = (
  host: string,
  groups: readonly string[],
  kubernetesVersion: string,
  settings: Settings,
  waivers: Readonly<Record<string, Waiver>>,
  options: ResolveOptions,
): DesiredNode => ({
  host,
  role: settings.role ?? defaults.role,
  groups,
  kubernetesVersion,
  runtime: resolveRuntime(settings, kubernetesVersion, options),
  swap: settings.swap ?? defaults.swap,
  ...(settings.proxy === undefined ? {} : { proxy: resolveProxy(settings.proxy) }),
  ...(settings.packageMirror === undefined ? {} : { packageMirror: settings.packageMirror.replace(/\/+$/, '') }),
  verify: { sandbox: settings.verify?.sandbox ?? defaults.verify.sandbox },
  waivers,
});

const resolveRuntime = (
  { runtime = {}, proxy }: Settings,
  kubernetesVersion: string,
  { readCertificate }: ResolveOptions,
): DesiredRuntime => ({
  name: runtime.name ?? defaults.runtime.name,
  source: runtime.source ?? defaults.runtime.source,
  version: runtime.version,
  cgroupDriver: runtime.cgroupDriver ?? defaults.runtime.cgroupDriver,
  sandboxImage: runtime.sandboxImage ?? sandboxImageFor(kubernetesVersion),
  cniBinDir: runtime.cni?.binDir,
  registries: resolveRegistries(runtime, readCertificate),
  ...(runtime.selinux === undefined ? {} : { selinux: runtime.selinux }),
  ...(runtime.keepContainerdCri === undefined ? {} : { keepContainerdCri: runtime.keepContainerdCri }),
  ...(runtime.foreignContainers === undefined ? {} : { foreignContainers: runtime.foreignContainers }),
  ...(runtime.handlers === undefined ? {} : { handlers: [...new Set(runtime.handlers)] }),
  ...(runtime.defaultHandler === undefined ? {} : { defaultHandler: runtime.defaultHandler }),
  ...resolveArchives(runtime.archives ?? {}, proxy),
  ...resolveRepository(runtime.repository ?? {}),
});

const resolveArchives = (
  archives: NonNullable<RuntimeSettings['archives']>,
  proxy: Settings['proxy'],
): Pick<DesiredRuntime, 'archives'> => {
  const found = Object.entries(archives).flatMap(([component, archive]) =>
    archive === undefined ? [] : [[component, resolveArchive(archive, proxy)] as const],
  );
  return found.length === 0 ? {} : { archives: Object.fromEntries(found) };
};

type ArchiveSettings = NonNullable<NonNullable<RuntimeSettings['archives']>['runc']>;

const resolveArchive = ({ url, file, sha256 }: ArchiveSettings, proxy: Settings['proxy']): DesiredArchive => ({
  source: url === undefined ? { from: 'file', path: file ?? '' } : { from: 'url', url, ...archiveProxy(url, proxy) },
  sha256: sha256.toLowerCase(),
});

/** A host that is exempt is asked directly, whatever the program that fetches understands of noProxy. */
const archiveProxy = (url: string, proxy: Settings['proxy']): { readonly proxy?: DesiredProxy } => {
  const through = proxy && throughProxy(url, resolveProxy(proxy));
  return through === undefined ? {} : { proxy: through };
};

const resolveRepository = ({
  url,
  suite,
  components,
  key,
  fingerprint,
}: NonNullable<RuntimeSettings['repository']>): Pick<DesiredRuntime, 'repository'> => {
  const repository = {
    ...(url === undefined ? {} : { url }),
    ...(suite === undefined ? {} : { suite }),
    ...(components === undefined ? {} : { components }),
    ...(key === undefined ? {} : { key: resolveKey(key) }),
    ...(fingerprint === undefined ? {} : { fingerprint: fingerprint.replace(/\s/g, '').toUpperCase() }),
  };
  return Object.keys(repository).length === 0 ? {} : { repository };
};

/** The text of a file is read by `load`. */
const resolveKey = (key: { readonly url: string } | { readonly file: string }): DesiredKey =>
  'url' in key ? { from: 'url', url: key.url } : { from: 'file', path: key.file, text: '' };

/** Expired ones too: judging needs a date, and an expired waiver is itself a finding. */
const waiversOf = (file: InventoryFile, host: string, groups: readonly string[]): Readonly<Record<string, Waiver>> =>
  Object.fromEntries(
    (file.waivers ?? [])
      .filter(({ hosts }) => hosts === undefined || hosts.some(name => name === host || groups.includes(name)))
      .map(({ check, owner, reason, expires }) => [check, { owner, reason, expires }]),
  );
