import { buildGo, type GoBuild } from '../tools.ts';

export const CLUSTER_VERSIONS = ['1.34', '1.36'] as const;
export type ClusterVersion = (typeof CLUSTER_VERSIONS)[number];
export const DEFAULT_VERSION: ClusterVersion = '1.34';

/** What `go/kubernetes-*` pins. */
export const RELEASES: Record<ClusterVersion, string> = { '1.34': '1.34.3', '1.36': '1.36.1' };

const PROGRAMS = ['kubelet', 'kubeadm', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];

/** The directory with Kubernetes' own programs of this version, built on first use: minutes on two cores. */
export function kubernetesPrograms(version: ClusterVersion): Promise<string> {
  return buildGo(kubernetesBuild(version));
}

export function kubernetesBuild(version: ClusterVersion): GoBuild {
  const release = RELEASES[version];
  const [major, minor] = release.split('.');
  const stamp = (name: string, value = ''): string => `-X k8s.io/component-base/version.${name}=${value}`;
  const flags = ['-s -w', stamp('gitVersion', `v${release}`), stamp('gitMajor', major), stamp('gitMinor', minor)];
  const packages = PROGRAMS.map(name => `k8s.io/kubernetes/cmd/${name}`);
  return { folder: `kubernetes-${version}`, packages, ldflags: flags.join(' ') };
}

const CONTAINERD_RELEASE = '2.2.0';

/** containerd 2.2 as upstream's archive has it: the first that tells the kubelet its cgroup driver. */
export function containerdPrograms(): Promise<string> {
  const module = 'github.com/containerd/containerd/v2';
  const packages = ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(name => `${module}/cmd/${name}`);
  const ldflags = `-s -w -X ${module}/version.Version=${CONTAINERD_RELEASE}`;
  return buildGo({ folder: 'containerd-2', packages, ldflags });
}

/** Simulates kubelets, for fleets that no machine could boot. */
export function kwokPrograms(): Promise<string> {
  const ldflags = '-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0';
  return buildGo({ folder: 'kwok', packages: ['sigs.k8s.io/kwok/cmd/kwok'], ldflags });
}

/** Kubernetes' own watches (1.35 and later) need etcd 3.5 or later, and Debian 12 has 3.4. */
export function etcdPrograms(): Promise<string> {
  const packages = ['go.etcd.io/etcd/server/v3', 'go.etcd.io/etcd/etcdctl/v3'];
  return buildGo({ folder: 'etcd', packages, rename: { server: 'etcd' } });
}
