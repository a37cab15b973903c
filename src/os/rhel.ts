import type { OsFamily } from './os-family.ts';

/** docker.com builds for RHEL and for CentOS Stream; what is compatible with them takes the latter's. */
const withDocker: Readonly<Record<string, string>> = {
  rhel: 'rhel',
  centos: 'centos',
  rocky: 'centos',
  almalinux: 'centos',
  ol: 'centos',
};

/** Red Hat Enterprise Linux and what is like it. containerd is in none of their own repositories. */
export const rhel: OsFamily = {
  id: 'rhel',
  packageManager: 'dnf',
  matches: ({ id, idLike }) => id in withDocker || idLike.includes('rhel'),
  packages: { containerd: undefined, docker: undefined },
  upstreamPackages: { containerd: 'containerd.io' },
  snapshotTool: 'rpm-ostree',
  dockerDirectory: ({ id }) => withDocker[id],
};
