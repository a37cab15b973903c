import type { OsFamily } from './os-family.ts';

/**
 * Of its own packages: containerd is 1.6 since 24.03 (https://docs.openeuler.org/en/docs/24.03_LTS/), 1.2 without CRI before; Docker Engine is
 * moby-engine since 23.03, 25 in 24.03 (https://gitee.com/src-openeuler/moby), docker-engine 18.09 before, which no cri-dockerd speaks to.
 */
export const openEuler: OsFamily = {
  id: 'openeuler',
  packageManager: 'dnf',
  matches: ({ id, idLike }) => id === 'openEuler' || idLike.includes('openEuler'),
  packages: { containerd: 'containerd', docker: 'moby-engine' },
  upstreamPackages: { containerd: 'containerd.io' },
  dockerDirectory: () => undefined,
};
