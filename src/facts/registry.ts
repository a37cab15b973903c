import { access } from './access-fact.ts';
import { aptSources } from './apt-sources.ts';
import { archives } from './archives.ts';
import { candidates } from './candidates.ts';
import { cgroups } from './cgroups.ts';
import { clock } from './clock.ts';
import { clusterNetworks } from './cluster-networks.ts';
import { clusterState } from './cluster-state.ts';
import { cniPlugins } from './cni-plugins.ts';
import { container } from './container.ts';
import { containerd } from './containerd.ts';
import { criSockets } from './cri-sockets.ts';
import { crictlConfig } from './crictl-config.ts';
import { crio } from './crio.ts';
import { dataDirectory } from './data-directory.ts';
import { docker } from './docker.ts';
import type { Fact } from './fact.ts';
import { filesystems } from './filesystems.ts';
import { identity } from './identity.ts';
import type { FactId, FactValues } from './index.ts';
import { initSystem } from './init-system.ts';
import { kernel } from './kernel.ts';
import { kernelConfig } from './kernel-config.ts';
import { kubelet } from './kubelet.ts';
import { mirrors } from './mirrors.ts';
import { modules } from './modules.ts';
import { modulesLoad } from './modules-load.ts';
import { namespaces } from './namespaces.ts';
import { needrestart } from './needrestart.ts';
import { ociRuntimes } from './oci-runtimes.ts';
import { osRelease } from './os-release.ts';
import { packageMirrors } from './package-mirrors.ts';
import { packageNeeds } from './package-needs.ts';
import { packages } from './packages.ts';
import { ports } from './ports.ts';
import { proxies } from './proxies.ts';
import { registryFiles } from './registry-files.ts';
import { resources } from './resources.ts';
import { rpmSources } from './rpm-sources.ts';
import { runs } from './runs.ts';
import { runtimeContents } from './runtime-contents.ts';
import { selinux } from './selinux.ts';
import { services } from './services.ts';
import { swap } from './swap.ts';
import { sysctl } from './sysctl.ts';
import { sysctlFiles } from './sysctl-files.ts';
import { tools } from './tools.ts';

/** Every fact that the program can ask a host for; `cri` comes over another way. One fact: its file, and a line here. */
export const facts = {
  access,
  archives,
  aptSources,
  candidates,
  cgroups,
  clock,
  clusterNetworks,
  clusterState,
  cniPlugins,
  container,
  containerd,
  criSockets,
  crio,
  crictlConfig,
  dataDirectory,
  docker,
  filesystems,
  identity,
  initSystem,
  kernel,
  kernelConfig,
  kubelet,
  mirrors,
  modules,
  modulesLoad,
  namespaces,
  needrestart,
  ociRuntimes,
  osRelease,
  packageMirrors,
  packageNeeds,
  packages,
  ports,
  proxies,
  registryFiles,
  resources,
  rpmSources,
  runs,
  runtimeContents,
  selinux,
  services,
  swap,
  sysctl,
  sysctlFiles,
  tools,
} satisfies { readonly [K in Exclude<FactId, 'cri'>]: Fact<FactValues[K]> };

export type GatherableFactId = keyof typeof facts;

export const isGatherable = (id: FactId): id is GatherableFactId => Object.hasOwn(facts, id);

/** In the order of the registry, so that the same choice always gives the same program. */
export const chooseFacts = (ids: readonly FactId[]): Partial<typeof facts> =>
  Object.fromEntries(Object.entries(facts).filter(([id]) => ids.some(chosen => chosen === id)));
