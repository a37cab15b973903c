import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Image, imageArchive } from '../image.ts';
import { withLock } from '../lock.ts';
import { must } from '../run.ts';
import { LAB_DIR } from '../settings.ts';
import { UPSTREAM_UNIT } from './containerd-files.ts';
import { type ClusterVersion, containerdPrograms, etcdPrograms, kubernetesPrograms, RELEASES } from './programs.ts';

/** Where the layer of a control plane has its images. */
export const CONTROL_PLANE_IMAGES = '/usr/share/lab/control-plane.tar';

interface Layer {
  /** Path in the node → file of this machine, linked and not copied: all nodes share its pages. */
  readonly programs: Record<string, string>;
  readonly files: Record<string, string>;
  readonly links: Record<string, string>;
}

/** A read-only layer for nodes with kubelet, kubeadm, kubectl and the units of upstream's packages. */
export async function kubeletLayer(version: ClusterVersion): Promise<string> {
  const directory = await kubernetesPrograms(version);
  const names = ['kubelet', 'kubeadm', 'kubectl'];
  return ensureLayer(basename(directory), {
    programs: Object.fromEntries(names.map(name => [`/usr/bin/${name}`, join(directory, name)])),
    files: {
      '/usr/lib/systemd/system/kubelet.service': KUBELET_UNIT,
      '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': KUBEADM_DROP_IN,
      '/etc/systemd/system/lab-kubelet-sysctls.service': SYSCTLS_UNIT,
    },
    links: {
      '/etc/systemd/system/sysinit.target.wants/lab-kubelet-sysctls.service':
        '/etc/systemd/system/lab-kubelet-sysctls.service',
    },
  });
}

/** containerd 2.2 where upstream's archive puts it. */
export async function containerdLayer(): Promise<string> {
  const directory = await containerdPrograms();
  const names = ['containerd', 'containerd-shim-runc-v2', 'ctr'];
  const unit = '/usr/local/lib/systemd/system/containerd.service';
  return ensureLayer(basename(directory), {
    programs: Object.fromEntries(names.map(name => [`/usr/local/bin/${name}`, join(directory, name)])),
    files: { [unit]: UPSTREAM_UNIT },
    links: { '/etc/systemd/system/multi-user.target.wants/containerd.service': unit },
  });
}

/** The images of a control plane whose programs run as static pods, under the names that kubeadm gives them. */
export async function controlPlaneLayer(version: ClusterVersion): Promise<string> {
  const kubernetes = await kubernetesPrograms(version);
  const etcd = await etcdPrograms();
  const out = join(LAB_DIR, 'layers', `control-plane-${basename(kubernetes)}-${basename(etcd)}`);
  if (existsSync(out)) return out;
  const listed = await must(join(kubernetes, 'kubeadm'), [
    'config',
    'images',
    'list',
    `--kubernetes-version=v${RELEASES[version]}`,
  ]);
  return withLock('layers', async () => {
    if (existsSync(out)) return out;
    const part = `${out}.part`;
    const file = join(part, CONTROL_PLANE_IMAGES);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, imageArchive(controlPlaneImages(listed.trim().split('\n'), kubernetes, etcd)));
    renameSync(part, out);
    return out;
  });
}

function controlPlaneImages(listed: readonly string[], kubernetes: string, etcd: string): Image[] {
  const image = (directory: string, ...programs: string[]): Image => ({
    names: listed.filter(name => name.includes(`/${programs[0]}:`)),
    programs: programs.map(name => ({ path: `usr/local/bin/${name}`, content: readFileSync(join(directory, name)) })),
  });
  return [
    image(etcd, 'etcd', 'etcdctl'),
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(name => image(kubernetes, name)),
  ];
}

async function ensureLayer(name: string, layer: Layer): Promise<string> {
  const text = JSON.stringify([layer.files, layer.links]);
  const key = createHash('sha256').update(text).digest('hex').slice(0, 6);
  const out = join(LAB_DIR, 'layers', `${name}-${key}`);
  if (existsSync(out)) return out;
  return withLock('layers', async () => {
    if (!existsSync(out)) write(layer, out);
    return out;
  });
}

function write({ programs, files, links }: Layer, out: string): void {
  const part = `${out}.part`;
  rmSync(part, { recursive: true, force: true });
  const place = (path: string): string => {
    mkdirSync(join(part, dirname(path)), { recursive: true });
    return join(part, path);
  };
  for (const [path, from] of Object.entries(programs)) linkSync(from, place(path));
  for (const [path, content] of Object.entries(files)) writeFileSync(place(path), content);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path));
  renameSync(part, out);
}

// As the packages of pkgs.k8s.io have them.
const KUBELET_UNIT = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const KUBEADM_DROP_IN = `# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
# This is a file that "kubeadm init" and "kubeadm join" generates at runtime, populating the KUBELET_KUBEADM_ARGS variable dynamically
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
# This is a file that the user can use for overrides of the kubelet args as a last resort. Preferably, the user should use
# the .NodeRegistration.KubeletExtraArgs object in the configuration files instead. KUBELET_EXTRA_ARGS should be sourced from this file.
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;

// The kubelet writes these at its start. They are this machine's, so a node gets files of its own in their place.
const SYSCTLS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];
const SYSCTLS_UNIT = `[Unit]
Description=Sysctls that the kubelet may write
DefaultDependencies=no
Before=sysinit.target kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -euc 'mkdir -p /run/lab-sysctls; for key in ${SYSCTLS.join(' ')}; do file=/run/lab-sysctls/$$(echo $$key | tr / .); cat /proc/sys/$$key >$$file; mount --bind $$file /proc/sys/$$key; done'

[Install]
WantedBy=sysinit.target
`;
