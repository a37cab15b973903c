import { criSocketOf } from '../../core/cri-endpoint.ts';
import { sparesByFlag } from '../../core/pinned-image.ts';
import { isAtLeast } from '../../core/versions.ts';
import { keepsSandboxImage } from '../../facts/cri.ts';
import { flagOf } from '../../facts/kubelet-flags.ts';
import { nextFlags, pauseFlagHome } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

export const kubeletPauseImage = defineCheck({
  id: 'kubelet-pause-image',
  title: 'The kubelet spares the sandbox image that the runtime uses',
  severity: 'info',
  source: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#override-pause-image-containerd',
  needs: ['clusterState', 'cri', 'kubelet'],
  fixable: true,
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    const version = kubeletVersion(facts, desired);
    if (isAtLeast(version, '1.35'))
      return { status: 'skip', reason: 'the flag is gone since 1.35; see kubelet-removed-flags' };
    const flags = nextFlags(facts.kubelet);
    if (!flags.known) return { status: 'unknown', reason: flags.reason };
    const flag = flagOf(flags.value, 'pod-infra-container-image');
    const wanted = desired.runtime.sandboxImage;
    const isRead = sparesByFlag(version);
    if (flag?.value === wanted) return { status: 'pass', observed: `${flag.value} (${flag.place})` };
    if (flag !== undefined) {
      return {
        status: 'fail',
        message: isRead
          ? `the kubelet spares ${flag.value} from its image collection, the plan is ${wanted}`
          : `the kubelet's flag names ${flag.value}, the plan is ${wanted} (from 1.29 on it spares no image: see sandbox-image-kept)`,
        observed: `--pod-infra-container-image=${flag.value} in ${flag.place}`,
        expected: wanted,
        remedy: 'nodeprep apply sets the flag (restarts the kubelet; pods keep running)',
        fixedByApply: true,
      };
    }
    if (!isRead)
      return { status: 'pass', observed: 'the flag is not set; from 1.29 on the runtime alone keeps its image' };
    const { name } = desired.runtime;
    if (keepsSandboxImage(facts.cri[criSocketOf(name)], name, wanted) !== false)
      return { status: 'pass', observed: 'the flag is not set; the runtime pins its own image' };
    const home = pauseFlagHome(facts.kubelet);
    return {
      status: 'fail',
      severity: 'warning',
      message: `neither the runtime nor the kubelet keeps ${wanted} from the garbage collection of images`,
      observed: `${name} does not pin it, and the kubelet is started without --pod-infra-container-image`,
      expected: `--pod-infra-container-image=${wanted}`,
      remedy:
        home === undefined
          ? `start the kubelet with --pod-infra-container-image=${wanted}`
          : `nodeprep apply sets the flag in ${home} (restarts the kubelet; pods keep running)`,
      fixedByApply: home !== undefined,
    };
  },
});
