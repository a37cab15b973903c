import type { OsFamily } from './os-family.ts';

/** https://docs.docker.com/engine/install/debian/ and ubuntu/ */
const withDocker = ['debian', 'ubuntu', 'raspbian'];

export const debian: OsFamily = {
  id: 'debian',
  packageManager: 'apt',
  matches: ({ id, idLike }) => id === 'debian' || id === 'ubuntu' || idLike.includes('debian'),
  packages: { containerd: 'containerd', docker: 'docker.io' },
  upstreamPackages: { containerd: 'containerd.io' },
  dockerDirectory: ({ id }) => (withDocker.includes(id) ? id : undefined),
};
