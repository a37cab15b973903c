/**
 * The sandbox ('pause') image that kubeadm of a Kubernetes minor version expects (`PauseVersion` in its constants).
 * https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/constants/constants.go
 * A newer Kubernetes than the last line gets the last line: kubeadm only warns about another tag.
 */
const pauseTags: readonly (readonly [fromMinor: number, tag: string])[] = [
  [24, '3.7'],
  [25, '3.8'],
  [26, '3.9'],
  [31, '3.10'],
  [34, '3.10.1'],
  [36, '3.10.2'],
];

/** 1.24 is the first without dockershim: before it a node did not need a CRI runtime. */
export const kubernetesVersionPattern = /^1\.(2[4-9]|[3-9]\d)(\.(0|[1-9]\d{0,2}))?$/;

/**
 * The newest minor that upstream tests with every containerd line that supported distributions package (1.6, 1.7, 2.x):
 * https://github.com/containerd/containerd/blob/main/RELEASES.md#kubernetes-support
 */
export const defaultKubernetesVersion = '1.34';

export const sandboxImageFor = (kubernetesVersion: string): string => {
  const minor = Number(kubernetesVersion.split('.')[1]);
  const [, tag] = pauseTags.findLast(([fromMinor]) => minor >= fromMinor) ?? pauseTags[0] ?? [0, '3.10'];
  return `registry.k8s.io/pause:${tag}`;
};
