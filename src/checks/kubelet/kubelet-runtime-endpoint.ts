import { endpointOf, isSameSocket } from '../../core/cri-endpoint.ts';
import { nextSettings, runningSettings } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletRuntimeEndpoint = defineCheck({
  id: 'kubelet-runtime-endpoint',
  title: 'The kubelet talks to the planned runtime',
  severity: 'error',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  needs: ['clusterState', 'kubelet'],
  fixable: true,
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    const version = kubeletVersion(facts, desired);
    const next = nextSettings(facts.kubelet, version);
    if (!next.known) return { status: 'unknown', reason: next.reason };
    const running = runningSettings(facts.kubelet, version);
    const found = [
      ...(running.known ? [{ when: 'now', ...running.value.containerRuntimeEndpoint }] : []),
      { when: 'after a restart', ...next.value.containerRuntimeEndpoint },
    ];
    const wanted = endpointOf(desired.runtime.name);
    const wrong = found.filter(({ value }) => !isSameSocket(value, wanted));
    const [first] = wrong;
    if (first === undefined)
      return {
        status: 'pass',
        observed: `${next.value.containerRuntimeEndpoint.value} (${next.value.containerRuntimeEndpoint.from})`,
      };
    return {
      status: 'fail',
      message: `the kubelet talks to ${first.value}, the plan is ${desired.runtime.name}`,
      observed: wrong.map(({ when, value, from }) => `${when}: ${value} (${from})`).join('; '),
      expected: wanted,
      remedy: 'nodeprep apply with cluster in the inventory, or runtime.name in the inventory as the node has it',
      fixedByApply: true,
    };
  },
});
