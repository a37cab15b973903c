import { isAtLeast } from '../../core/versions.ts';
import { flagOf } from '../../facts/kubelet-flags.ts';
import { nextFlags } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletPauseImage = defineCheck({
  id: 'kubelet-pause-image',
  title: 'The kubelet spares the sandbox image that the runtime uses',
  severity: 'info',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#override-pause-image-containerd',
  needs: ['clusterState', 'kubelet'],
  fixable: true,
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    if (isAtLeast(kubeletVersion(facts, desired), '1.35'))
      return { status: 'skip', reason: 'the flag is gone since 1.35; see kubelet-removed-flags' };
    const flags = nextFlags(facts.kubelet);
    if (!flags.known) return { status: 'unknown', reason: flags.reason };
    const flag = flagOf(flags.value, 'pod-infra-container-image');
    const wanted = desired.runtime.sandboxImage;
    if (flag === undefined)
      return { status: 'pass', observed: 'the flag is not set; the runtime pins its own image (not containerd 1.6)' };
    if (flag.value === wanted) return { status: 'pass', observed: `${flag.value} (${flag.place})` };
    return {
      status: 'fail',
      message: `the kubelet spares ${flag.value} from its image collection, the plan is ${wanted}`,
      observed: `--pod-infra-container-image=${flag.value} in ${flag.place}`,
      expected: wanted,
      remedy: 'nodeprep apply sets the flag (restarts the kubelet; pods keep running)',
      fixedByApply: true,
    };
  },
});
