import type { ObservedFacts } from '../facts/index.ts';
import type { Kubelet } from '../facts/kubelet.ts';
import { flagOf, kubeletFlags } from '../facts/kubelet-flags.ts';
import type { HostToMatch } from './match-nodes.ts';

/** What the facts of a host say about which Node it is. */
export const hostToMatch = (
  { name, address }: { readonly name: string; readonly address: string },
  facts: Pick<ObservedFacts, 'identity' | 'kubelet' | 'clusterState'>,
): HostToMatch => {
  const identity = facts.identity.known ? facts.identity.value : undefined;
  return {
    host: name,
    address,
    hostname: identity?.hostname,
    nodeName: facts.kubelet.known ? nodeNameOf(facts.kubelet.value) : undefined,
    machineId: identity?.machineId === '' ? undefined : identity?.machineId,
    joined: facts.clusterState.known ? facts.clusterState.value.joined : undefined,
  };
};

/** Of the process: what is written for its next start is not what it has registered. */
const nodeNameOf = ({ running }: Kubelet): string | undefined => {
  const words = (running?.argv ?? []).map(text => ({ text, place: '' }));
  return flagOf(kubeletFlags(words), 'hostname-override')?.value;
};
