import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { LabError, must, run } from '../run.ts';
import { LAB_DIR } from '../settings.ts';
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

/** Debian's etcd, unpacked rather than installed: installing it would start a server on this machine. */
export async function etcdPrograms(): Promise<string> {
  const out = join(LAB_DIR, 'bin', 'etcd');
  if (existsSync(out)) return out;
  return withLock('etcd', async () => {
    if (!existsSync(out)) await unpackEtcd(out);
    return out;
  });
}

async function unpackEtcd(out: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'nodeprep-etcd-'));
  try {
    await download(['etcd-server', 'etcd-client'], scratch);
    for (const file of readdirSync(scratch)) await must('dpkg-deb', ['-x', join(scratch, file), join(scratch, 'root')]);
    mkdirSync(join(LAB_DIR, 'bin'), { recursive: true });
    const part = `${out}.part`;
    cpSync(join(scratch, 'root', 'usr', 'bin'), part, { recursive: true });
    renameSync(part, out);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function download(packages: string[], directory: string): Promise<void> {
  const get = () => run('sh', ['-c', `cd '${directory}' && apt-get download -qq ${packages.join(' ')}`]);
  if ((await get()).code === 0) return;
  // A fresh machine has no package lists yet.
  await must('apt-get', ['update', '-qq']);
  const { code, stderr } = await get();
  if (code !== 0) throw new LabError(`apt-get download ${packages.join(' ')}: ${stderr}`);
}
