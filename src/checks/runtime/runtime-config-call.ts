import { isAtLeast } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';
import { needsOfRuntime, runtimeFacts, runtimeOf } from '../runtimes/index.ts';
import { isInstalled } from '../runtimes/runtime-view.ts';
import { noRuntime } from '../support/runtime-state.ts';

export const runtimeConfigCall = defineCheck({
  id: 'runtime-config-call',
  title: 'The runtime tells the kubelet its cgroup driver',
  severity: 'warning',
  source: 'https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4033-group-driver-detection-over-cri',
  needs: runtimeFacts,
  needsOn: needsOfRuntime(),
  evaluate(facts, desired) {
    const absent = noRuntime(facts, desired);
    if (absent !== undefined) return absent;
    const { installed, criName, runtimeConfigSince: since } = runtimeOf(desired);
    const found = installed(facts);
    const version = isInstalled(found) ? found.version : undefined;
    if (version === undefined) return { status: 'unknown', reason: `${criName} did not tell its version` };
    const kubernetes = desired.kubernetesVersion;
    // kubeadm warns from 1.35 on; the kubelet stops falling back to its own setting in 1.38.
    if (isAtLeast(version, since) || !isAtLeast(kubernetes, '1.35')) {
      return { status: 'pass', observed: `${criName} ${version}, Kubernetes ${kubernetes}` };
    }
    const isRefused = isAtLeast(kubernetes, '1.38');
    return {
      status: 'fail',
      message: isRefused
        ? `the kubelet of ${kubernetes} does not start with ${criName} ${version}: it asks for the cgroup driver by RuntimeConfig`
        : `${criName} ${version} has no RuntimeConfig, which kubelets need from 1.38 on`,
      observed: `${criName} ${version}`,
      expected: `${criName} ${since} or newer`,
      remedy: `install a newer ${criName}: set runtime.version or runtime.source in the inventory to one that offers it`,
      fixedByApply: false,
      severity: isRefused ? 'error' : 'warning',
    };
  },
});
