import { CRI_SOCKET } from './kubelet-files.ts';
import { type ClusterVersion, RELEASES } from './programs.ts';

interface Identity {
  readonly name: string;
  readonly version: ClusterVersion;
  readonly address: string;
}

/** What `kubeadm init` would be given for this cluster, where its programs run as processes of this machine. */
export function kubeadmConfig(cluster: Identity, directory: string): string {
  const init = initConfiguration('control-plane', cluster.address);
  return `${init}---\n${clusterConfiguration(cluster, { certificates: `${directory}/pki` })}`;
}

/** The same on a node with a control plane of its own; `members` is etcd's, name → address. */
export function nodeConfig(
  cluster: Identity,
  node: { readonly name: string; readonly address: string },
  members: Readonly<Record<string, string>>,
): string {
  return `${initConfiguration(node.name, node.address)}---\n${clusterConfiguration(cluster, { members })}`;
}

function initConfiguration(name: string, address: string): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: ${address}
  bindPort: 6443
nodeRegistration:
  name: ${name}
  criSocket: ${CRI_SOCKET}
`;
}

/** As kubeadm keeps it in the ConfigMap kubeadm-config. */
export function clusterConfiguration(
  { name, version, address }: Identity,
  options: { certificates?: string; nodeLocalCriSocket?: boolean; members?: Readonly<Record<string, string>> } = {},
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
${initialCluster(options.members)}    serverCertSANs:
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

// kubeadm itself adds members one by one; here all start at once, so each is told of all.
function initialCluster(members: Readonly<Record<string, string>> = {}): string {
  const peers = Object.entries(members).map(([name, address]) => `${name}=https://${address}:2380`);
  return peers.length === 0 ? '' : `    extraArgs:\n    - name: initial-cluster\n      value: ${peers.join(',')}\n`;
}
