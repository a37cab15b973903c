import type { OsFamily } from './os-family.ts';

/** https://docs.openeuler.org/en/ */
export const openEuler: OsFamily = {
  id: 'openeuler',
  packageManager: 'dnf',
  matches: ({ id, idLike }) => id === 'openEuler' || idLike.includes('openEuler'),
  packages: { containerd: 'containerd', docker: undefined },
  upstreamPackages: { containerd: 'containerd.io' },
  dockerDirectory: () => undefined,
};
