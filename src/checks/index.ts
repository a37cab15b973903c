import { pausedUnits } from './access/paused-units.ts';
import { rootAccess } from './access/root-access.ts';
import { unfinishedRun } from './access/unfinished-run.ts';
import type { Check, ClusterCheck, FleetCheck, ProofCheck } from './check.ts';
import { clockSynchronized } from './clock/clock-synchronized.ts';
import { kubectlSkew } from './cluster/kubectl-skew.ts';
import { nodesBroughtBack } from './cluster/nodes-brought-back.ts';
import { clockSkew } from './fleet/clock-skew.ts';
import { uniqueHostname } from './fleet/unique-hostname.ts';
import { uniqueMachineId } from './fleet/unique-machine-id.ts';
import { uniqueProductUuid } from './fleet/unique-product-uuid.ts';
import { hostnameValid } from './identity/hostname-valid.ts';
import { machineIdSet } from './identity/machine-id-set.ts';
import { cgroupControllers } from './kernel/cgroup-controllers.ts';
import { cgroupNamespace } from './kernel/cgroup-namespace.ts';
import { cgroupVersion } from './kernel/cgroup-version.ts';
import { kernelModulesPresent } from './kernel/kernel-modules-present.ts';
import { kernelVersion } from './kernel/kernel-version.ts';
import { namespaceQuotas } from './kernel/namespace-quotas.ts';
import { namespaces } from './kernel/namespaces.ts';
import { overlaySupported } from './kernel/overlay-supported.ts';
import { timeNamespace } from './kernel/time-namespace.ts';
import { userNamespace } from './kernel/user-namespace.ts';
import { kubeletCgroupDriver } from './kubelet/kubelet-cgroup-driver.ts';
import { kubeletCgroupV1 } from './kubelet/kubelet-cgroup-v1.ts';
import { kubeletConfigLoaded } from './kubelet/kubelet-config-loaded.ts';
import { kubeletPauseImage } from './kubelet/kubelet-pause-image.ts';
import { kubeletRemovedFlags } from './kubelet/kubelet-removed-flags.ts';
import { kubeletRuntimeConfig } from './kubelet/kubelet-runtime-config.ts';
import { kubeletRuntimeEndpoint } from './kubelet/kubelet-runtime-endpoint.ts';
import { kubeletSwap } from './kubelet/kubelet-swap.ts';
import { kubeletVersionSkew } from './kubelet/kubelet-version-skew.ts';
import { brNetfilter } from './network/br-netfilter.ts';
import { brNetfilterAtBoot } from './network/br-netfilter-at-boot.ts';
import { bridgeNfCallIp6tables } from './network/bridge-nf-call-ip6tables.ts';
import { bridgeNfCallIp6tablesAtBoot } from './network/bridge-nf-call-ip6tables-at-boot.ts';
import { bridgeNfCallIptables } from './network/bridge-nf-call-iptables.ts';
import { bridgeNfCallIptablesAtBoot } from './network/bridge-nf-call-iptables-at-boot.ts';
import { ipForward } from './network/ip-forward.ts';
import { ipForwardAtBoot } from './network/ip-forward-at-boot.ts';
import { portsFree } from './network/ports-free.ts';
import { crictlConfig } from './programs/crictl-config.ts';
import { recommendedPrograms } from './programs/recommended-programs.ts';
import { requiredPrograms } from './programs/required-programs.ts';
import { sandboxRuns } from './proof/sandbox-runs.ts';
import { cpuCount } from './resources/cpu-count.ts';
import { dataDirectoryDType } from './resources/data-directory-d-type.ts';
import { dataDirectoryOptions } from './resources/data-directory-options.ts';
import { dataDirectorySpace } from './resources/data-directory-space.ts';
import { memory } from './resources/memory.ts';
import { cgroupDriver } from './runtime/cgroup-driver.ts';
import { cniBinDir } from './runtime/cni-bin-dir.ts';
import { cniPlugins } from './runtime/cni-plugins.ts';
import { containerLabels } from './runtime/container-labels.ts';
import { containerSelinux } from './runtime/container-selinux.ts';
import { containerdConfig } from './runtime/containerd-config.ts';
import { containerdConfigLoaded } from './runtime/containerd-config-loaded.ts';
import { containerdVersion } from './runtime/containerd-version.ts';
import { criDockerdEngine } from './runtime/cri-dockerd-engine.ts';
import { criDockerdFlags } from './runtime/cri-dockerd-flags.ts';
import { criEnabled } from './runtime/cri-enabled.ts';
import { crioConfig } from './runtime/crio-config.ts';
import { crioRegistries } from './runtime/crio-registries.ts';
import { crioVersion } from './runtime/crio-version.ts';
import { dockerDaemonJson } from './runtime/docker-daemon-json.ts';
import { kataKvm } from './runtime/kata-kvm.ts';
import { noProxy } from './runtime/no-proxy.ts';
import { proofsRemoved } from './runtime/proofs-removed.ts';
import { registryConfig } from './runtime/registry-config.ts';
import { registryMirrorsReachable } from './runtime/registry-mirrors-reachable.ts';
import { runtimeConfigCall } from './runtime/runtime-config-call.ts';
import { runtimeEnabled } from './runtime/runtime-enabled.ts';
import { runtimeHandlers } from './runtime/runtime-handlers.ts';
import { runtimeInstalled } from './runtime/runtime-installed.ts';
import { runtimeLeftAlone } from './runtime/runtime-left-alone.ts';
import { runtimePackagesHeld } from './runtime/runtime-packages-held.ts';
import { runtimeRunning } from './runtime/runtime-running.ts';
import { sandboxImage } from './runtime/sandbox-image.ts';
import { sandboxImageKept } from './runtime/sandbox-image-kept.ts';
import { singleCriEndpoint } from './runtime/single-cri-endpoint.ts';
import { swapOff } from './swap/swap-off.ts';
import { swapOffAtBoot } from './swap/swap-off-at-boot.ts';
import { distributionKnown } from './system/distribution-known.ts';
import { foreignDistribution } from './system/foreign-distribution.ts';
import { packageMirrorReachable } from './system/package-mirror-reachable.ts';
import { packageState } from './system/package-state.ts';
import { systemd } from './system/systemd.ts';
import { unitFilesLoaded } from './system/unit-files-loaded.ts';

/** Every rule about one host, in the order of the report. A new check is its file, and a line here. */
export const checks: readonly Check[] = [
  rootAccess,
  unfinishedRun,
  pausedUnits,
  distributionKnown,
  foreignDistribution,
  packageState,
  systemd,
  unitFilesLoaded,
  requiredPrograms,
  recommendedPrograms,
  crictlConfig,
  kernelVersion,
  kernelModulesPresent,
  overlaySupported,
  namespaces,
  cgroupNamespace,
  userNamespace,
  timeNamespace,
  namespaceQuotas,
  cgroupVersion,
  cgroupControllers,
  ipForward,
  ipForwardAtBoot,
  brNetfilter,
  brNetfilterAtBoot,
  bridgeNfCallIptables,
  bridgeNfCallIptablesAtBoot,
  bridgeNfCallIp6tables,
  bridgeNfCallIp6tablesAtBoot,
  portsFree,
  swapOff,
  swapOffAtBoot,
  cpuCount,
  dataDirectoryDType,
  dataDirectoryOptions,
  dataDirectorySpace,
  memory,
  hostnameValid,
  machineIdSet,
  clockSynchronized,
  runtimeInstalled,
  runtimeEnabled,
  runtimeRunning,
  runtimeLeftAlone,
  runtimePackagesHeld,
  containerdVersion,
  runtimeConfigCall,
  containerSelinux,
  containerLabels,
  containerdConfig,
  containerdConfigLoaded,
  criEnabled,
  crioConfig,
  crioRegistries,
  crioVersion,
  singleCriEndpoint,
  cgroupDriver,
  sandboxImage,
  sandboxImageKept,
  runtimeHandlers,
  kataKvm,
  proofsRemoved,
  dockerDaemonJson,
  criDockerdEngine,
  criDockerdFlags,
  registryConfig,
  registryMirrorsReachable,
  packageMirrorReachable,
  noProxy,
  cniBinDir,
  cniPlugins,
  kubeletCgroupDriver,
  kubeletConfigLoaded,
  kubeletRuntimeEndpoint,
  kubeletRemovedFlags,
  kubeletCgroupV1,
  kubeletSwap,
  kubeletVersionSkew,
  kubeletPauseImage,
  kubeletRuntimeConfig,
];

/** Every rule that compares hosts. */
export const fleetChecks: readonly FleetCheck[] = [clockSkew, uniqueHostname, uniqueMachineId, uniqueProductUuid];

/** Every rule about the cluster. */
export const clusterChecks: readonly ClusterCheck[] = [kubectlSkew, nodesBroughtBack];

/** Every rule about what a proof of `apply` has shown. */
export const proofChecks: readonly ProofCheck[] = [sandboxRuns];
