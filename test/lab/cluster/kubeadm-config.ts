import { type ClusterVersion, RELEASES } from './programs.ts';

interface Identity {
  readonly name: string;
  readonly version: ClusterVersion;
  readonly address: string;
}

/** What `kubeadm init` would be given for this cluster. */
export function kubeadmConfig(cluster: Identity, directory: string): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: ${cluster.address}
  bindPort: 6443
nodeRegistration:
  name: control-plane
  criSocket: unix:///run/containerd/containerd.sock
---
${clusterConfiguration(cluster, { certificates: `${directory}/pki` })}`;
}

/** As kubeadm keeps it in the ConfigMap kubeadm-config. */
export function clusterConfiguration(
  { name, version, address }: Identity,
  options: { certificates?: string; nodeLocalCriSocket?: boolean } = {},
): string {
  const gates = options.nodeLocalCriSocket === false ? 'featureGates:\n  NodeLocalCRISocket: false\n' : '';
  return `apiServer:
  certSANs:
  - ${address}
  - 127.0.0.1
apiVersion: kubeadm.k8s.io/v1beta4
certificatesDir: ${options.certificates ?? '/etc/kubernetes/pki'}
clusterName: ${name}
controlPlaneEndpoint: ${address}:6443
encryptionAlgorithm: ECDSA-P256
etcd:
  local:
    dataDir: /var/lib/etcd
    serverCertSANs:
    - ${address}
    peerCertSANs:
    - ${address}
${gates}kind: ClusterConfiguration
kubernetesVersion: v${RELEASES[version]}
networking:
  dnsDomain: cluster.local
  podSubnet: 10.88.0.0/16
  serviceSubnet: 10.96.0.0/12
`;
}
