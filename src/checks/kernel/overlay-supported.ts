import { defineCheck } from '../check.ts';

export const overlaySupported = defineCheck({
  id: 'overlay-supported',
  title: 'The kernel has overlayfs',
  severity: 'error',
  source: 'https://github.com/containerd/containerd/blob/main/docs/snapshotters/README.md',
  needs: ['container', 'filesystems', 'modules'],
  evaluate({ container, filesystems, modules }) {
    if (filesystems.includes('overlay')) return { status: 'pass', observed: 'overlay is in /proc/filesystems' };
    if (modules.loaded.includes('overlay')) return { status: 'pass', observed: 'overlay is loaded' };
    if (modules.builtin.includes('overlay')) return { status: 'pass', observed: 'overlay is built in' };
    // mount(2) loads the module of a file system that it does not know, but not from within a container.
    const isOnDisk = modules.onDisk.includes('overlay');
    if (isOnDisk && container.kind === null) {
      return { status: 'pass', observed: 'overlay is on disk; the first mount loads it' };
    }
    return {
      status: 'fail',
      message: 'the kernel has no overlayfs, which the default snapshotter of containerd needs',
      observed: 'not loaded, not built in, and no module that this host can load',
      expected: 'overlay in /proc/filesystems',
      remedy:
        container.kind === null
          ? 'install the modules of the running kernel, or reboot into the installed one'
          : 'modprobe overlay on the machine around this container',
      fixedByApply: false,
    };
  },
});
