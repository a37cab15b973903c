import { isAtLeast } from '../../core/versions.ts';
import { environmentFiles } from '../../facts/kubelet-command.ts';
import type { KubeletFlag } from '../../facts/kubelet-flags.ts';
import { nextFlags } from '../../facts/kubelet-in-force.ts';
import { defineCheck } from '../check.ts';
import { kubeletVersion, noJoinedKubelet } from '../support/joined-kubelet.ts';

/** The first minor version that does not know a flag, and so does not start with it. */
const removedIn: Readonly<Record<string, string>> = {
  'network-plugin': '1.24',
  'cni-bin-dir': '1.24',
  'cni-conf-dir': '1.24',
  'container-runtime': '1.27',
  'pod-infra-container-image': '1.35',
};

export const kubeletRemovedFlags = defineCheck({
  id: 'kubelet-removed-flags',
  title: 'The kubelet is started with flags that it knows',
  severity: 'error',
  source: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/',
  needs: ['clusterState', 'kubelet'],
  fixable: true,
  evaluate(facts, desired) {
    const absent = noJoinedKubelet(facts);
    if (absent !== undefined) return absent;
    const flags = nextFlags(facts.kubelet);
    if (!flags.known) return { status: 'unknown', reason: flags.reason };
    const version = kubeletVersion(facts, desired);
    const goneIn = (other: string) => flags.value.filter(flag => isGone(flag, other));
    const now = goneIn(version);
    const gone = now.length > 0 ? now : goneIn(desired.kubernetesVersion);
    const [first] = gone;
    if (first === undefined) return { status: 'pass', observed: `kubelet ${version} knows its flags` };
    const environment = environmentFiles(facts.kubelet).map(({ path }) => path);
    const isMended = ({ name, place }: KubeletFlag): boolean =>
      name === 'pod-infra-container-image' && environment.includes(place.replace(/:\d+$/, ''));
    const release = `Kubernetes ${removedIn[first.name] ?? ''}`;
    return {
      status: 'fail',
      severity: now.length > 0 ? 'error' : 'warning',
      message:
        now.length > 0
          ? `the kubelet does not start any more: --${first.name} is gone since ${release}`
          : `the kubelet of ${desired.kubernetesVersion} will not start: --${first.name} is gone in ${release}`,
      observed: gone.map(({ name, place }) => `--${name} in ${place}`).join(', '),
      expected: 'no flag that this kubelet does not know',
      remedy: gone.every(isMended)
        ? 'nodeprep apply drops it'
        : `remove ${gone.map(({ name }) => `--${name}`).join(', ')} there, then systemctl daemon-reload`,
      fixedByApply: gone.every(isMended),
    };
  },
});

const isGone = ({ name }: KubeletFlag, version: string): boolean => {
  const floor = removedIn[name];
  return floor !== undefined && isAtLeast(version, floor);
};
