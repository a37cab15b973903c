import { defineCheck } from '../check.ts';

export const dataDirectoryDType = defineCheck({
  id: 'data-directory-d-type',
  title: "The runtime's file system can carry overlayfs",
  severity: 'error',
  source: 'https://docs.kernel.org/filesystems/overlayfs.html#upper-and-lower',
  needs: ['dataDirectory'],
  evaluate({ dataDirectory }) {
    const observed = `${dataDirectory.path} on ${dataDirectory.mountPoint} (${dataDirectory.fsType})`;
    if (dataDirectory.dType === null)
      return { status: 'unknown', reason: `${observed}: cannot tell whether it has d_type` };
    if (dataDirectory.dType) return { status: 'pass', observed };
    return {
      status: 'fail',
      message: 'directory entries carry no type (d_type), so overlayfs does not work there',
      observed,
      expected: 'd_type: xfs made with ftype=1, or ext4 with filetype',
      remedy: `make the file system of ${dataDirectory.mountPoint} anew: mkfs.xfs -n ftype=1`,
      fixedByApply: false,
    };
  },
});
