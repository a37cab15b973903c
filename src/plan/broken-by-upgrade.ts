import type { ClusterFacts } from '../cluster/cluster-facts.ts';
import { hasPatch } from '../facts/kubelet-config.ts';
import { asksRuntime, driverEvidence, nextSettings } from '../facts/kubelet-in-force.ts';
import type { ClusterHost } from './cluster-plan.ts';
import { driverOfConfig, kubeletConfigOf } from './kubeadm-records.ts';

export interface BrokenByUpgrade {
  readonly host: string;
  readonly node: string;
  readonly reason: string;
}

/**
 * Nodes on which `kubeadm upgrade node`, run now, would leave kubelet and runtime with two drivers: those that a rollout which stopped
 * has not reached, once the ConfigMap holds the new value. Nodes that this run has not looked at are not judged.
 */
export const brokenByUpgrade = (facts: ClusterFacts, hosts: readonly ClusterHost[]): readonly BrokenByUpgrade[] => {
  const config = kubeletConfigOf(facts);
  if (config === undefined) return [];
  const written = driverOfConfig(config);
  return hosts.flatMap(host => {
    const own = driverToKeep(host);
    return own === undefined || own === written
      ? []
      : [
          {
            host: host.desired.host,
            node: host.node.metadata.name,
            reason: `it runs with ${own}, and kubeadm upgrade node would write cgroupDriver: ${written}`,
          },
        ];
  });
};

/** The driver that config.yaml alone decides; undefined where something else does, which kubeadm leaves alone. */
const driverToKeep = ({ desired, facts }: ClusterHost): string | undefined => {
  if (facts?.clusterState.known !== true || !facts.clusterState.value.joined || !facts.kubelet.known) return undefined;
  const { value: kubelet } = facts.kubelet;
  const version = facts.clusterState.value.kubeletVersion ?? desired.kubernetesVersion;
  const next = nextSettings(kubelet, version);
  if (!next.known) return undefined;
  const { cgroupDriver, featureGates } = next.value;
  const cri = facts.cri.known ? facts.cri.value : {};
  const services = facts.services.known ? facts.services.value : {};
  const answer = driverEvidence(kubelet, version, cri, services).cri;
  const isTold = answer?.answered === true && answer.cgroupDriver !== null && asksRuntime(version, featureGates);
  const isOwn = cgroupDriver.setBy === 'flag' || (cgroupDriver.path?.endsWith('.conf') ?? false);
  if (isTold || isOwn || hasPatch(kubelet, 'cgroupDriver', cgroupDriver.value)) return undefined;
  return cgroupDriver.value;
};
