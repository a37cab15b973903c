import type { OsFamily } from './os-family.ts';

/**
 * SUSE Linux Enterprise, openSUSE Leap and Tumbleweed. docker.com builds for SLES on s390x alone, and has not for long
 * (https://docs.docker.com/engine/install/): whoever has another repository names it.
 * https://software.opensuse.org/package/containerd, cni-plugins
 */
export const suse: OsFamily = {
  id: 'suse',
  packageManager: 'zypper',
  matches: ({ id, idLike }) => /^(sles|sled|opensuse)/.test(id) || idLike.includes('suse'),
  packages: { containerd: 'containerd', docker: 'docker', runc: 'runc', cniPlugins: 'cni-plugins' },
  upstreamPackages: { containerd: 'containerd.io' },
  /** SLE Micro, MicroOS, and the role `transactional server` of the others. */
  snapshotTool: 'transactional-update',
  dockerDirectory: () => undefined,
};
