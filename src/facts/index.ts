import type { AccessFact } from './access-fact.ts';
import type { AptSources } from './apt-sources.ts';
import type { Archives } from './archives.ts';
import type { Candidates } from './candidates.ts';
import type { Cgroups } from './cgroups.ts';
import type { Clock } from './clock.ts';
import type { ClusterNetworks } from './cluster-networks.ts';
import type { ClusterState } from './cluster-state.ts';
import type { CniPlugins } from './cni-plugins.ts';
import type { Container } from './container.ts';
import type { Containerd } from './containerd.ts';
import type { CriAnswers } from './cri.ts';
import type { CriSockets } from './cri-sockets.ts';
import type { CrictlConfig } from './crictl-config.ts';
import type { Crio } from './crio.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Docker } from './docker.ts';
import type { Filesystems } from './filesystems.ts';
import type { Identity } from './identity.ts';
import type { InitSystem } from './init-system.ts';
import type { Kernel } from './kernel.ts';
import type { KernelConfig } from './kernel-config.ts';
import type { Kubelet } from './kubelet.ts';
import type { MirrorAnswer } from './mirrors.ts';
import type { Modules } from './modules.ts';
import type { ModulesLoad } from './modules-load.ts';
import type { Namespaces } from './namespaces.ts';
import type { Needrestart } from './needrestart.ts';
import type { OciRuntimes } from './oci-runtimes.ts';
import type { OsRelease } from './os-release.ts';
import type { PackageNeeds } from './package-needs.ts';
import type { Packages } from './packages.ts';
import type { Ports } from './ports.ts';
import type { Proxies } from './proxies.ts';
import type { RegistryFiles } from './registry-files.ts';
import type { Resources } from './resources.ts';
import type { RpmSources } from './rpm-sources.ts';
import type { Runs } from './runs.ts';
import type { RuntimeContents } from './runtime-contents.ts';
import type { Selinux } from './selinux.ts';
import type { Services } from './services.ts';
import type { Swap } from './swap.ts';
import type { Sysctl } from './sysctl.ts';
import type { SysctlFiles } from './sysctl-files.ts';
import type { Tools } from './tools.ts';

/** Fact id → what a host's answer means. Everything else is derived from this. */
export interface FactValues {
  readonly access: AccessFact;
  readonly archives: Archives;
  readonly aptSources: AptSources;
  readonly candidates: Candidates;
  readonly cgroups: Cgroups;
  readonly clock: Clock;
  readonly clusterNetworks: ClusterNetworks;
  readonly clusterState: ClusterState;
  readonly cniPlugins: CniPlugins;
  readonly container: Container;
  readonly containerd: Containerd;
  /** Asked over CRI in the second exec, where a runtime's socket exists; joined to the facts by the commands. */
  readonly cri: CriAnswers;
  readonly criSockets: CriSockets;
  readonly crio: Crio;
  readonly crictlConfig: CrictlConfig;
  readonly dataDirectory: DataDirectory;
  readonly docker: Docker;
  readonly filesystems: Filesystems;
  readonly identity: Identity;
  readonly initSystem: InitSystem;
  readonly kernel: Kernel;
  readonly kernelConfig: KernelConfig;
  readonly kubelet: Kubelet;
  readonly mirrors: readonly MirrorAnswer[];
  readonly modules: Modules;
  readonly modulesLoad: ModulesLoad;
  readonly namespaces: Namespaces;
  readonly needrestart: Needrestart;
  readonly ociRuntimes: OciRuntimes;
  readonly osRelease: OsRelease;
  readonly packageMirrors: readonly MirrorAnswer[];
  readonly packageNeeds: PackageNeeds;
  readonly packages: Packages;
  readonly ports: Ports;
  readonly proxies: Proxies;
  readonly registryFiles: RegistryFiles;
  readonly resources: Resources;
  readonly rpmSources: RpmSources;
  readonly runs: Runs;
  readonly runtimeContents: RuntimeContents;
  readonly selinux: Selinux;
  readonly services: Services;
  readonly swap: Swap;
  readonly sysctl: Sysctl;
  readonly sysctlFiles: SysctlFiles;
  readonly tools: Tools;
}

export type FactId = keyof FactValues;
export type ObservedFacts = { readonly [K in FactId]: import('../core/observed.ts').Observed<FactValues[K]> };

export const factIds = [
  'access',
  'aptSources',
  'archives',
  'candidates',
  'cgroups',
  'clock',
  'clusterNetworks',
  'clusterState',
  'cniPlugins',
  'container',
  'containerd',
  'cri',
  'criSockets',
  'crio',
  'crictlConfig',
  'dataDirectory',
  'docker',
  'filesystems',
  'identity',
  'initSystem',
  'kernel',
  'kernelConfig',
  'kubelet',
  'mirrors',
  'modules',
  'modulesLoad',
  'namespaces',
  'needrestart',
  'ociRuntimes',
  'osRelease',
  'packageMirrors',
  'packageNeeds',
  'packages',
  'ports',
  'proxies',
  'registryFiles',
  'resources',
  'rpmSources',
  'runs',
  'runtimeContents',
  'selinux',
  'services',
  'swap',
  'sysctl',
  'sysctlFiles',
  'tools',
] as const satisfies readonly FactId[];
