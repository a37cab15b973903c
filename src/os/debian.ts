import type { OsFamily } from './os-family.ts';

export const debian: OsFamily = {
  id: 'debian',
  packageManager: 'apt',
  matches: ({ id, idLike }) => id === 'debian' || id === 'ubuntu' || idLike.includes('debian'),
  packages: { containerd: 'containerd', runc: 'runc', cniPlugins: 'containernetworking-plugins' },
  upstreamPackages: { containerd: 'containerd.io' },
};
