import type { OsFamily } from './os-family.ts';

/**
 * SUSE Linux Enterprise, openSUSE Leap and Tumbleweed. docker.com builds for SLES on s390x alone, and has not for long
 * (https://docs.docker.com/engine/install/): whoever has another repository names it.
 *
 * Of its own packages, https://build.opensuse.org/package/view_file/openSUSE:Factory/NAME/NAME.spec: containerd is in /usr/sbin, its client is
 * containerd-ctr in a package of its own, its configuration is empty; dockerd starts a containerd for itself, whose unit it excludes; plugins of
 * cni-plugins are in %{_libexecdir}/cni, which is /usr/lib/cni in SLE and Leap 15 and /usr/libexec/cni in Tumbleweed; the kubelet's files are where
 * Kubernetes' own rpm has them (/usr/lib/systemd/system/kubelet.service.d, /etc/sysconfig/kubelet). The last cri-o seen there is 1.24.
 */
export const suse: OsFamily = {
  id: 'suse',
  packageManager: 'zypper',
  matches: ({ id, idLike }) => /^(sles|sled|opensuse)/.test(id) || idLike.includes('suse'),
  packages: { containerd: 'containerd', docker: 'docker' },
  upstreamPackages: { containerd: 'containerd.io' },
  /** SLE Micro, MicroOS, and the role `transactional server` of the others. */
  snapshotTool: 'transactional-update',
  dockerDirectory: () => undefined,
};
