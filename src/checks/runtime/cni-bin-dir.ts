import { configOnDisk } from '../../facts/containerd-in-force.ts';
import { defineCheck } from '../check.ts';
import { noContainerd } from '../support/one-runtime.ts';

/** Where kubernetes-cni and the daemon sets of most networks put their plugins. */
const usual = '/opt/cni/bin';

export const cniBinDir = defineCheck({
  id: 'cni-bin-dir',
  title: 'containerd looks for CNI plugins where they are',
  severity: 'info',
  source: 'https://github.com/containerd/containerd/blob/main/docs/cri/config.md#cni-config-template',
  needs: ['containerd'],
  fixable: true,
  evaluate({ containerd }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const config = configOnDisk(containerd);
    if (!config.known) return { status: 'unknown', reason: config.reason };
    const wanted = desired.runtime.cniBinDir;
    const directories = config.value.cniBinDirs;
    const observed = `CNI plugins in ${directories.join(', ') || 'no directory'}`;
    if (directories.includes(wanted ?? usual)) return { status: 'pass', observed };
    return {
      status: 'fail',
      message:
        wanted === undefined
          ? `containerd does not look for CNI plugins in ${usual}, where most networks install them`
          : `containerd does not look for CNI plugins in ${wanted}`,
      observed,
      expected: wanted ?? usual,
      remedy:
        wanted === undefined
          ? `if your network installs there: runtime.cni.binDir: ${usual} in the inventory, then nodeprep apply`
          : 'nodeprep apply (restarts containerd)',
      fixedByApply: wanted !== undefined,
      severity: wanted === undefined ? 'info' : 'warning',
    };
  },
});
