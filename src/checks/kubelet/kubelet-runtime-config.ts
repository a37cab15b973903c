import { socketPath } from '../../core/cri-endpoint.ts';
import { nextSettings, refusesRuntimeWithoutConfig } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletRuntimeConfig = defineCheck({
  id: 'kubelet-runtime-config',
  title: 'The runtime tells the kubelet its cgroup driver where the kubelet insists on it',
  severity: 'error',
  source: 'https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4033-group-driver-detection-over-cri',
  needs: ['clusterState', 'cri', 'kubelet'],
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    const version = kubeletVersion(facts, desired);
    if (!refusesRuntimeWithoutConfig(version))
      return { status: 'pass', observed: `kubelet ${version} falls back to its own setting` };
    const next = nextSettings(facts.kubelet, version);
    if (!next.known) return { status: 'unknown', reason: next.reason };
    const endpoint = next.value.containerRuntimeEndpoint.value;
    const answer = facts.cri[socketPath(endpoint) ?? ''];
    if (answer?.answered !== true)
      return { status: 'unknown', reason: answer === undefined ? `${endpoint} was not asked` : answer.reason };
    if (answer.cgroupDriver !== null)
      return {
        status: 'pass',
        observed: `${answer.runtimeName} ${answer.runtimeVersion} tells ${answer.cgroupDriver}`,
      };
    return {
      status: 'fail',
      message: `the kubelet ${version} does not start: it asks for the cgroup driver by RuntimeConfig, which ${answer.runtimeName} ${answer.runtimeVersion} does not have`,
      observed: `no RuntimeConfig at ${endpoint}`,
      expected: 'containerd 2.0, CRI-O 1.28 or cri-dockerd 0.3.17, or newer',
      remedy: 'upgrade the runtime: set runtime.version or runtime.source in the inventory to one that offers it',
      fixedByApply: false,
    };
  },
});
