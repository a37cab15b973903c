import { isAtLeast } from '../../core/versions.ts';
import { nextSettings } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletCgroupV1 = defineCheck({
  id: 'kubelet-cgroup-v1',
  title: 'The kubelet starts on the cgroup version of this host',
  severity: 'error',
  source: 'https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5573-remove-cgroup-v1',
  needs: ['cgroups', 'clusterState', 'kubelet'],
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    const { version: hierarchy } = facts.cgroups;
    if (hierarchy === 'v2') return { status: 'pass', observed: 'cgroup v2' };
    const version = kubeletVersion(facts, desired);
    const target = isAtLeast(desired.kubernetesVersion, version) ? desired.kubernetesVersion : version;
    const now = nextSettings(facts.kubelet, version);
    const later = nextSettings(facts.kubelet, target);
    if (!now.known) return { status: 'unknown', reason: now.reason };
    if (!later.known) return { status: 'unknown', reason: later.reason };
    const isRefused = now.value.failCgroupV1.value;
    const { value: willBeRefused, from } = later.value.failCgroupV1;
    if (!isRefused && !willBeRefused)
      return { status: 'pass', observed: `cgroup ${hierarchy}, failCgroupV1 false (${from})` };
    return {
      status: 'fail',
      severity: isRefused ? 'error' : 'warning',
      message: isRefused
        ? `the kubelet ${version} does not start on cgroup ${hierarchy}`
        : `the kubelet of ${target} will not start on cgroup ${hierarchy}`,
      observed: `cgroup ${hierarchy}, failCgroupV1 true (${from})`,
      expected: 'cgroup v2, or failCgroupV1: false',
      remedy:
        'boot with systemd.unified_cgroup_hierarchy=1; for the time being set failCgroupV1: false in the configuration of the kubelet',
      fixedByApply: false,
    };
  },
});
