import { defineCheck } from '../check.ts';

/** Below these the kubelet evicts pods: imagefs.available<15%, nodefs.inodesFree<5%. */
const freePercent = { bytes: 15, inodes: 5 } as const;

export const dataDirectorySpace = defineCheck({
  id: 'data-directory-space',
  title: "The runtime's file system has room",
  severity: 'warning',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#hard-eviction-thresholds',
  needs: ['dataDirectory'],
  evaluate({ dataDirectory }) {
    const { path, freeBytes, totalBytes, freeInodes, totalInodes } = dataDirectory;
    const bytes = percent(freeBytes, totalBytes);
    const inodes = percent(freeInodes, totalInodes);
    const observed = `${path}: ${bytes} % of ${gib(totalBytes)} GiB free, ${inodes} % of the inodes`;
    if (bytes >= freePercent.bytes && inodes >= freePercent.inodes) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: 'the kubelet will evict pods for want of disk space',
      observed,
      expected: `${freePercent.bytes} % of the space and ${freePercent.inodes} % of the inodes free`,
      remedy: `free space on ${dataDirectory.mountPoint}, or give the runtime a larger file system`,
      fixedByApply: false,
    };
  },
});

/** Some file systems (btrfs) count no inodes: nothing to run out of. */
const percent = (free: number, total: number): number => (total === 0 ? 100 : Math.floor((free / total) * 100));

const gib = (bytes: number): string => (bytes / 1024 ** 3).toFixed(0);
