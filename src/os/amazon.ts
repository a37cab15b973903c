import type { OsFamily } from './os-family.ts';

/** Amazon Linux 2023: https://docs.aws.amazon.com/linux/al2023/release-notes/all-packages.html */
export const amazon: OsFamily = {
  id: 'amazon',
  packageManager: 'dnf',
  matches: ({ id }) => id === 'amzn',
  packages: { containerd: 'containerd', docker: 'docker' },
  upstreamPackages: { containerd: 'containerd.io' },
  dockerDirectory: () => undefined,
};
