import type { ClusterState } from '../../../src/facts/cluster-state.ts';
import { aKubelet, noKubelet } from '../../kubelet.ts';

/** A node of a cluster; synthetic, like the kubelets of these rows where they are not named as recorded. */
export const joined = (kubeletVersion: string | undefined = '1.34.3'): ClusterState => ({
  joined: true,
  evidence: '/etc/kubernetes/kubelet.conf',
  foreign: undefined,
  kubeletVersion,
});

export const fresh: ClusterState = { ...joined(), joined: false, evidence: undefined };

/** What every rule about the kubelet leaves alone. */
export const skipped = [
  { name: 'no kubelet', facts: { clusterState: joined(), kubelet: noKubelet }, reason: 'there is no kubelet' },
  {
    name: 'a kubelet that loops before kubeadm join',
    facts: {
      clusterState: fresh,
      kubelet: aKubelet({
        files: { '/var/lib/kubelet/config.yaml': undefined },
        running: undefined,
        unit: { loadState: 'loaded', activeState: 'activating', restarts: 99 },
        cgroupRoots: [],
      }),
    },
    reason: 'the host has not joined a cluster',
  },
] as const;

export const withFiles = (files: Readonly<Record<string, string | undefined>>) => ({
  clusterState: joined(),
  kubelet: aKubelet({ files }),
});

export const extraArgs = (flags: string) => ({ '/etc/default/kubelet': `KUBELET_EXTRA_ARGS="${flags}"\n` });

export const wrapper = {
  '/etc/systemd/system/kubelet.service.d/99.conf': '[Service]\nExecStart=\nExecStart=/opt/start-kubelet.sh\n',
};
