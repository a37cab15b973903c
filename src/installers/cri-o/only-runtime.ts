import { runtimeEndpoints, socketPath } from '../../core/cri-endpoint.ts';
import type { ClusterState } from '../../facts/cluster-state.ts';
import type { CriAnswers } from '../../facts/cri.ts';
import type { Crio } from '../../facts/crio.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';
import { crioSocket } from './in-force.ts';

const units: Readonly<Record<string, string>> = {
  [socketPath(runtimeEndpoints.containerd) ?? '']: 'containerd',
  [socketPath(runtimeEndpoints.docker) ?? '']: 'cri-docker.socket cri-docker',
};

/**
 * Exactly one runtime may serve CRI on a node: kubeadm refuses two, and moving pods from one to the other is a migration. A runtime
 * that is installed and serves no CRI, as under Docker, is nobody's rival.
 */
export const otherRuntime = (
  cri: CriAnswers,
  { joined, evidence }: ClusterState,
  { binary }: Crio,
): Refusal | undefined => {
  const later = 'moving a node from one runtime to another comes with a later version of nodeprep';
  for (const [socket, answer] of Object.entries(cri)) {
    if (socket === crioSocket || !answer.answered) continue;
    const { runtimeName, runtimeVersion, sandboxes } = answer;
    const stop = `systemctl disable --now ${units[socket] ?? runtimeName}`;
    const used = joined || sandboxes > 0;
    return planRefused(
      `${runtimeName} ${runtimeVersion} answers CRI at ${socket}${sandboxes > 0 ? `, with ${sandboxes} sandboxes` : ''}, and the inventory asks for CRI-O: ${used ? later : 'two of them on one host leave kubeadm and the kubelet to guess'}`,
      used
        ? 'Keep it with runtime.name in the inventory; or drain the node, remove it from the cluster (kubeadm reset), stop that runtime, then plan again.'
        : `Keep it with runtime.name in the inventory; or run \`${stop}\` on the host and plan again.`,
    );
  }
  if (!joined || binary !== '') return undefined;
  return planRefused(
    `this host is a node of a cluster (${evidence ?? 'its kubelet has a kubeconfig'}) and has no CRI-O: ${later}`,
    'Keep its runtime with runtime.name in the inventory; or remove the node from the cluster (kubeadm reset), then plan again.',
  );
};
