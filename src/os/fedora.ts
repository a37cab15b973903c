import type { OsFamily } from './os-family.ts';

/** Has containerd of its own: https://packages.fedoraproject.org/pkgs/containerd/containerd/ */
export const fedora: OsFamily = {
  id: 'fedora',
  packageManager: 'dnf',
  matches: ({ id, idLike }) => id === 'fedora' || idLike.includes('fedora'),
  packages: {
    containerd: 'containerd',
    docker: 'moby-engine',
  },
  upstreamPackages: { containerd: 'containerd.io' },
  snapshotTool: 'rpm-ostree',
  dockerDirectory: ({ id }) => (id === 'fedora' ? 'fedora' : undefined),
};
