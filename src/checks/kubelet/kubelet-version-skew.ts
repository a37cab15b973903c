import { isAtLeast, releaseLine } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';
import { noJoinedKubelet } from '../support/joined-kubelet.ts';

/** Three since 1.28, two before. */
const allowedBehind = (cluster: string): number => (isAtLeast(cluster, '1.28') ? 3 : 2);

export const kubeletVersionSkew = defineCheck({
  id: 'kubelet-version-skew',
  title: 'The kubelet fits the Kubernetes version of the inventory',
  severity: 'error',
  source: 'https://kubernetes.io/releases/version-skew-policy/#kubelet',
  needs: ['clusterState', 'kubelet'],
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    const { kubeletVersion } = facts.clusterState;
    if (kubeletVersion === undefined) return { status: 'unknown', reason: '`kubelet --version` gives no version' };
    const cluster = desired.kubernetesVersion;
    const behind = minorOf(cluster) - minorOf(kubeletVersion);
    const allowed = allowedBehind(cluster);
    if (behind >= 0 && behind <= allowed)
      return { status: 'pass', observed: `kubelet ${kubeletVersion}, Kubernetes ${cluster}` };
    return {
      status: 'fail',
      message:
        behind < 0
          ? `the kubelet is newer than Kubernetes ${cluster}`
          : `the kubelet is ${behind} minor versions older than Kubernetes ${cluster}`,
      observed: `kubelet ${kubeletVersion}`,
      expected: `not newer than ${cluster}, and at most ${allowed} minor versions older`,
      remedy:
        'upgrade or install the kubelet of that version with the package manager, or correct kubernetes.version in the inventory',
      fixedByApply: false,
    };
  },
});

const minorOf = (version: string): number => Number(releaseLine(version).split('.')[1]);
