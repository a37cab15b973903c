import { isAtLeast } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';
import { noContainerd } from '../support/containerd-only.ts';

export const runtimeConfigCall = defineCheck({
  id: 'runtime-config-call',
  title: 'The runtime tells the kubelet its cgroup driver',
  severity: 'warning',
  source: 'https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4033-group-driver-detection-over-cri',
  needs: ['containerd'],
  evaluate({ containerd }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const { version } = containerd;
    if (version === undefined) return { status: 'unknown', reason: 'containerd did not tell its version' };
    const kubernetes = desired.kubernetesVersion;
    // kubeadm warns from 1.35 on; the kubelet stops falling back to its own setting in 1.38.
    if (isAtLeast(version, '2.0') || !isAtLeast(kubernetes, '1.35')) {
      return { status: 'pass', observed: `containerd ${version}, Kubernetes ${kubernetes}` };
    }
    const isRefused = isAtLeast(kubernetes, '1.38');
    return {
      status: 'fail',
      message: isRefused
        ? `the kubelet of ${kubernetes} does not start with containerd ${version}: it asks for the cgroup driver by RuntimeConfig`
        : `containerd ${version} has no RuntimeConfig, which kubelets need from 1.38 on`,
      observed: `containerd ${version}`,
      expected: 'containerd 2.0 or newer',
      remedy: 'install containerd 2.x: set runtime.version or runtime.source in the inventory to one that offers it',
      fixedByApply: false,
      severity: isRefused ? 'error' : 'warning',
    };
  },
});
