import { withoutEndingSlashes } from '../../core/ending-slashes.ts';
import { defineCheck } from '../check.ts';
import { runtimeOf } from '../runtimes/index.ts';
import { noRuntime } from '../support/runtime-state.ts';

/** Where kubernetes-cni and the daemon sets of most networks put their plugins. */
const usual = '/opt/cni/bin';

export const cniBinDir = defineCheck({
  id: 'cni-bin-dir',
  title: 'The runtime looks for CNI plugins where networks put them',
  severity: 'info',
  source: 'https://github.com/containerd/containerd/blob/main/docs/cri/config.md#cni-config-template',
  needs: ['containerd', 'crio', 'docker'],
  needsOn: desired => runtimeOf(desired).needs,
  fixable: true,
  evaluate(facts, desired) {
    const absent = noRuntime(facts, desired);
    if (absent !== undefined) return absent;
    const { label, cniDirectories } = runtimeOf(desired);
    const found = cniDirectories(facts);
    if (!found.known) return { status: 'unknown', reason: found.reason };
    const wanted = desired.runtime.cniBinDir;
    const directories = found.value;
    const observed = `CNI plugins in ${directories.join(', ') || 'no directory'}`;
    if (directories.map(withoutEndingSlashes).includes(withoutEndingSlashes(wanted ?? usual)))
      return { status: 'pass', observed };
    return {
      status: 'fail',
      message:
        wanted === undefined
          ? `${label} does not look for CNI plugins in ${usual}, where most networks install them`
          : `${label} does not look for CNI plugins in ${wanted}`,
      observed,
      expected: wanted ?? usual,
      remedy:
        wanted === undefined
          ? `if your network installs there: runtime.cni.binDir: ${usual} in the inventory, then nodeprep apply`
          : `nodeprep apply (restarts ${label})`,
      fixedByApply: wanted !== undefined,
      severity: wanted === undefined ? 'info' : 'warning',
    };
  },
});
