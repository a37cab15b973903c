import type { CgroupDriver, ClusterNodeOptions } from './options.ts';
import type { ClusterVersion } from './programs.ts';

export const CRI_SOCKET = 'unix:///var/run/containerd/containerd.sock';
const MAX_PODS = 64;

/** What kubeadm 1.34 writes into the ConfigMap and into config.yaml, and what a node in a container needs beyond it. */
export function kubeletConfiguration(driver: CgroupDriver | null, runtimeEndpoint: string): string {
  return `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
  webhook:
    cacheAuthorizedTTL: 0s
    cacheUnauthorizedTTL: 0s
${driver === null ? '' : `cgroupDriver: ${driver}\n`}clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: "${runtimeEndpoint}"
cpuManagerReconcilePeriod: 0s
crashLoopBackOff: {}
enforceNodeAllocatable: []
evictionHard:
  imagefs.available: 1%
  memory.available: 50Mi
  nodefs.available: 1%
  nodefs.inodesFree: 1%
evictionPressureTransitionPeriod: 0s
failCgroupV1: false
failSwapOn: false
fileCheckFrequency: 0s
healthzBindAddress: 127.0.0.1
healthzPort: 10248
httpCheckFrequency: 0s
imageGCHighThresholdPercent: 100
imageMaximumGCAge: 0s
imageMinimumGCAge: 0s
kind: KubeletConfiguration
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
memorySwap: {}
nodeStatusReportFrequency: 0s
nodeStatusUpdateFrequency: 0s
rotateCertificates: true
runtimeRequestTimeout: 0s
shutdownGracePeriod: 0s
shutdownGracePeriodCriticalPods: 0s
staticPodPath: /etc/kubernetes/manifests
streamingConnectionIdleTimeout: 0s
syncFrequency: 0s
volumeStatsAggPeriod: 0s
`;
}

export interface KubeletLayout {
  readonly options: ClusterNodeOptions;
  readonly driver: CgroupDriver;
  readonly version: ClusterVersion;
  readonly kubeadm: boolean;
  readonly certificateAuthority: string;
  /** Certificate and key of system:node:NAME, in one file as the kubelet keeps them. */
  readonly clientPem: string;
  readonly server: string;
}

/** Path → content of what `kubeadm join` leaves on a node, and of what its people did there since. */
export function kubeletFiles(layout: KubeletLayout): Record<string, string> {
  const { options, kubeadm } = layout;
  const instance = kubeadm && options.criSocket !== 'flag';
  return {
    '/var/lib/kubelet/config.yaml': nodeConfig(layout),
    ...(kubeadm
      ? { '/var/lib/kubelet/kubeadm-flags.env': `KUBELET_KUBEADM_ARGS="${flags(layout).join(' ')}"\n` }
      : { '/etc/default/kubelet': `KUBELET_EXTRA_ARGS="${(options.kubeletFlags ?? []).join(' ')}"\n` }),
    ...(instance && { '/var/lib/kubelet/instance-config.yaml': `containerRuntimeEndpoint: "${CRI_SOCKET}"\n` }),
    '/var/lib/kubelet/pki/kubelet-client-current.pem': layout.clientPem,
    '/etc/kubernetes/pki/ca.crt': layout.certificateAuthority,
    '/etc/kubernetes/kubelet.conf': kubeletKubeconfig(layout),
    '/etc/kubernetes/manifests/.keep': '',
  };
}

// Comments and maxPods stand for what operators add by hand: whoever edits this file later must keep them.
function nodeConfig({ options, driver }: KubeletLayout): string {
  const kubeletDriver = options.kubeletDriver === undefined ? driver : options.kubeletDriver;
  const endpoint = options.criSocket === 'flag' ? '' : CRI_SOCKET;
  const lines = [
    '# Written by kubeadm join; changed by hand since, see the notes below.',
    kubeletConfiguration(kubeletDriver, endpoint).trimEnd(),
    '# ops: small nodes, fewer pods than the default of 110',
    `maxPods: ${MAX_PODS} # agreed with the platform team`,
    ...(options.kubeletConfig ?? []),
  ];
  return `${lines.join('\n')}\n`;
}

function flags({ options, version }: KubeletLayout): string[] {
  return [
    ...(options.criSocket === 'flag' ? [`--container-runtime-endpoint=${CRI_SOCKET}`] : []),
    // The kubelet of 1.35 and later does not know this flag any more, and kubeadm does not write it.
    ...(version === '1.34' ? ['--pod-infra-container-image=registry.k8s.io/pause:3.10.1'] : []),
    ...(options.kubeletFlags ?? []),
  ];
}

function kubeletKubeconfig({ options, server, certificateAuthority }: KubeletLayout): string {
  const user = `system:node:${options.name}`;
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(certificateAuthority).toString('base64')}
    server: ${server}
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: ${user}
  name: ${user}@kubernetes
current-context: ${user}@kubernetes
kind: Config
preferences: {}
users:
- name: ${user}
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
`;
}
