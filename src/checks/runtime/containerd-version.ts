import { containerdFloor as floor } from '../../core/containerd-floor.ts';
import { compareVersions, isAtLeast, isSameLine, releaseLine } from '../../core/versions.ts';
import { defineCheck } from '../check.ts';
import { noContainerd } from '../support/one-runtime.ts';

/** Kubernetes → the oldest patch of each line that upstream recommends with it. A newer Kubernetes takes the last row. */
const recommended: readonly (readonly [kubernetes: string, patches: readonly string[]])[] = [
  ['1.32', ['1.6.36', '1.7.24', '2.0.1', '2.1.0']],
  ['1.33', ['1.6.36', '1.7.24', '2.0.4', '2.1.0']],
  ['1.34', ['1.6.39', '1.7.28', '2.0.6', '2.1.3']],
  ['1.35', ['1.7.28', '2.1.5', '2.2.0']],
  ['1.36', ['2.2.0', '2.3.0']],
];

export const containerdVersion = defineCheck({
  id: 'containerd-version',
  title: 'The version of containerd fits Kubernetes',
  severity: 'warning',
  source: 'https://github.com/containerd/containerd/blob/main/RELEASES.md#kubernetes-support',
  needs: ['containerd'],
  evaluate({ containerd }, desired) {
    const absent = noContainerd(containerd, desired);
    if (absent !== undefined) return absent;
    const { version } = containerd;
    if (version === undefined) return { status: 'unknown', reason: 'containerd did not tell its version' };
    const kubernetes = desired.kubernetesVersion;
    const patches = recommended.findLast(([minor]) => isAtLeast(kubernetes, minor))?.[1] ?? [];
    const expected = patches.length === 0 ? `${floor} or newer` : `${patches.join(', ')} or newer in its line`;
    const observed = `containerd ${version}`;
    const failure = { status: 'fail', observed, expected, remedy, fixedByApply: false } as const;

    if (!isAtLeast(version, floor)) {
      return {
        ...failure,
        severity: 'error',
        message: `containerd ${version} does not speak CRI v1, the kubelet does not start`,
      };
    }
    if (fits(version, patches)) return { status: 'pass', observed: `${observed}, Kubernetes ${kubernetes}` };
    const patch = patches.find(candidate => isSameLine(candidate, version));
    return {
      ...failure,
      message:
        patch === undefined
          ? `containerd ${releaseLine(version)} is not among the versions that upstream tests with Kubernetes ${kubernetes}`
          : `containerd ${version} is older than upstream recommends for Kubernetes ${kubernetes} (${patch})`,
    };
  },
});

const remedy =
  'install a newer containerd: set runtime.version or runtime.source in the inventory to one that offers it';

const fits = (version: string, patches: readonly string[]): boolean => {
  const newest = patches.at(-1);
  if (newest === undefined) return true;
  const isNewerLine = compareVersions(releaseLine(version), releaseLine(newest)) > 0;
  return isNewerLine || patches.some(patch => isSameLine(patch, version) && isAtLeast(version, patch));
};
