export interface ClusterState {
  /** A kubelet kubeconfig exists (design 3.9). */
  readonly joined: boolean;
  /** What says so, e.g. `/etc/kubernetes/kubelet.conf`. */
  readonly evidence: string | undefined;
  /** k3s, rke2, k0s, microk8s: found by binary, unit or directory; with what was found. */
  readonly foreign: { readonly name: string; readonly evidence: string } | undefined;
  readonly kubeletVersion: string | undefined;
}
