import { cniPlugins } from './cni-plugins.ts';
import { containerdArchive } from './containerd/archive.ts';
import { containerd } from './containerd/installer.ts';
import { criOArchive } from './cri-o/archive.ts';
import { criO } from './cri-o/installer.ts';
import { crictl } from './crictl.ts';
import { docker } from './docker/installer.ts';
import type { Installer } from './installer.ts';
import { kernelSettings } from './kernel-settings.ts';
import { kubelet } from './kubelet/installer.ts';
import { needrestart } from './needrestart.ts';
import { packageMirror } from './package-mirror/installer.ts';
import { proxy } from './proxy/installer.ts';
import { retireRuntime } from './retire-runtime/installer.ts';
import { sandboxImage } from './sandbox-image.ts';
import { selinux } from './selinux.ts';
import { swap } from './swap.ts';

/** In the order in which their changes are made within a phase. */
export const installers: readonly Installer[] = [
  proxy,
  packageMirror,
  kernelSettings,
  swap,
  selinux,
  retireRuntime,
  cniPlugins,
  containerd,
  containerdArchive,
  criO,
  criOArchive,
  docker,
  crictl,
  needrestart,
  sandboxImage,
  kubelet,
];
