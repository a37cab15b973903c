import type { LabNode } from '../../lab/index.ts';

/** Where an installer of another distribution puts what; the programs are stand-ins that only wait. Synthetic. */
export interface ForeignHost {
  readonly what: string;
  /** As nodeprep names it. */
  readonly name: string;
  /** What it is known by. */
  readonly sign: string;
  /** Everything that is laid down, to be taken away as a whole. */
  readonly paths: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** The unit that runs. */
  readonly unit: string;
}

const program = '#!/bin/sh\nwhile :; do sleep 3600; done\n';
const unit = (start: string): string =>
  `[Service]\nExecStart=${start}\nKillMode=process\nDelegate=yes\n[Install]\nWantedBy=multi-user.target\n`;

/** Paths as of get.k3s.io, get.rke2.io, get.k0s.sh and the snap of MicroK8s. */
export const foreignHosts: readonly ForeignHost[] = [
  {
    what: 'a k3s server',
    name: 'k3s',
    sign: '/usr/local/bin/k3s',
    paths: ['/usr/local/bin/k3s', '/etc/systemd/system/k3s.service', '/etc/rancher', '/var/lib/rancher'],
    files: {
      '/usr/local/bin/k3s': program,
      '/etc/systemd/system/k3s.service': unit('/usr/local/bin/k3s server'),
      '/etc/rancher/k3s/k3s.yaml': 'apiVersion: v1\nkind: Config\n',
      '/var/lib/rancher/k3s/agent/etc/containerd/config.toml': 'version = 2\n',
    },
    unit: 'k3s.service',
  },
  {
    what: 'a k3s agent whose program lies elsewhere',
    name: 'k3s',
    sign: '/etc/systemd/system/k3s-agent.service',
    paths: ['/opt/bin/k3s', '/etc/systemd/system/k3s-agent.service', '/var/lib/rancher'],
    files: {
      '/opt/bin/k3s': program,
      '/etc/systemd/system/k3s-agent.service': unit('/opt/bin/k3s agent'),
      '/var/lib/rancher/k3s/agent/kubelet.kubeconfig': 'apiVersion: v1\nkind: Config\n',
    },
    unit: 'k3s-agent.service',
  },
  {
    what: 'an RKE2 server of the tarball',
    name: 'rke2',
    sign: '/usr/local/bin/rke2',
    paths: ['/usr/local/bin/rke2', '/usr/local/lib/systemd', '/etc/rancher', '/var/lib/rancher'],
    files: {
      '/usr/local/bin/rke2': program,
      '/usr/local/lib/systemd/system/rke2-server.service': unit('/usr/local/bin/rke2 server'),
      '/etc/rancher/rke2/config.yaml': 'write-kubeconfig-mode: "0600"\n',
      '/var/lib/rancher/rke2/agent/etc/containerd/config.toml': 'version = 2\n',
    },
    unit: 'rke2-server.service',
  },
  {
    what: 'an RKE2 agent of the packages',
    name: 'rke2',
    sign: '/usr/bin/rke2',
    paths: ['/usr/bin/rke2', '/usr/lib/systemd/system/rke2-agent.service', '/var/lib/rancher'],
    files: {
      '/usr/bin/rke2': program,
      '/usr/lib/systemd/system/rke2-agent.service': unit('/usr/bin/rke2 agent'),
      '/var/lib/rancher/rke2/agent/kubelet.kubeconfig': 'apiVersion: v1\nkind: Config\n',
    },
    unit: 'rke2-agent.service',
  },
  {
    what: 'a k0s worker',
    name: 'k0s',
    sign: '/usr/local/bin/k0s',
    paths: ['/usr/local/bin/k0s', '/etc/systemd/system/k0sworker.service', '/etc/k0s', '/var/lib/k0s'],
    files: {
      '/usr/local/bin/k0s': program,
      '/etc/systemd/system/k0sworker.service': unit('/usr/local/bin/k0s worker --token-file=/etc/k0s/token'),
      '/etc/k0s/containerd.toml': 'version = 2\n',
      '/var/lib/k0s/kubelet.conf': 'apiVersion: v1\nkind: Config\n',
    },
    unit: 'k0sworker.service',
  },
  {
    what: 'MicroK8s',
    name: 'microk8s',
    sign: '/snap/bin/microk8s',
    paths: ['/snap', '/usr/bin/snap', '/var/snap', '/etc/systemd/system/snap.microk8s.daemon-kubelite.service'],
    files: {
      '/usr/bin/snap': program,
      '/etc/systemd/system/snap.microk8s.daemon-kubelite.service': unit('/usr/bin/snap run microk8s.daemon-kubelite'),
      '/var/snap/microk8s/current/args/kubelet': '--kubeconfig=/var/snap/microk8s/current/credentials/kubelet.config\n',
    },
    unit: 'snap.microk8s.daemon-kubelite.service',
  },
];

export const layDown = async (node: LabNode, { name, files, unit: started }: ForeignHost): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    const mode = path.includes('/bin/') ? '755' : '644';
    await node.sh(`mkdir -p "$(dirname ${path})" && cat >${path} && chmod ${mode} ${path}`, { input: text });
  }
  // Every program of a snap is a link to snap itself.
  if (name === 'microk8s') await node.sh('mkdir -p /snap/bin && ln -s /usr/bin/snap /snap/bin/microk8s');
  await node.sh(`systemctl daemon-reload && systemctl enable --now --quiet ${started}`);
};

export const takeAway = (node: LabNode, { paths, unit: started }: ForeignHost): Promise<string> =>
  node.sh(`systemctl disable --now --quiet ${started}; systemctl kill -s KILL ${started} 2>/dev/null
    rm -rf ${paths.join(' ')}; systemctl daemon-reload; systemctl reset-failed ${started} 2>/dev/null || true`);
