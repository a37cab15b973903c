import type { DesiredNode } from '../../core/desired.ts';
import type { Severity } from '../../core/result.ts';
import { isAtLeast } from '../../core/versions.ts';

/** https://github.com/kubernetes/kubernetes/pull/123464: since 1.30 kubeadm leaves it to the network, of which only bridges need it. */
export const bridgeSource =
  'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/#network-plugin-requirements';

export const bridgeSeverity = ({ kubernetesVersion }: DesiredNode): Severity =>
  isAtLeast(kubernetesVersion, '1.30') ? 'warning' : 'error';

/** The kernel sets these when br_netfilter comes; a file may overrule it. */
export const bridgeKeys = {
  ipv4: 'net.bridge.bridge-nf-call-iptables',
  ipv6: 'net.bridge.bridge-nf-call-ip6tables',
} as const;
