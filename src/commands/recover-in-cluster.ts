import { patiently } from '../apply/rollout/patiently.ts';
import { isAway } from '../cluster/away.ts';
import { systemClock } from '../cluster/clock.ts';
import { NodeprepError } from '../core/errors.ts';
import type { HostError, HostResult } from '../core/result.ts';
import { joinNode } from './apply-host.ts';

export interface RecoverInCluster {
  /** Hosts and their nodes, under the lock of the cluster. */
  readonly together: () => Promise<readonly HostResult[]>;
  /** Hosts only. */
  readonly hostsAlone: () => Promise<readonly HostResult[]>;
  readonly tell: (note: string) => void;
  readonly signal: AbortSignal;
}

/** A lone control plane that was settled starts its API server again: the kubelet, its static pods, and the API one after the other. */
const apiPatienceMs = 180_000;

/**
 * The API server may be away because of what is to be settled: a lone control plane whose kubelet the run had stopped.
 * So its hosts are settled without it, and their nodes once it is back.
 */
export const recoverInCluster = async (options: RecoverInCluster): Promise<readonly HostResult[]> => {
  const { together, hostsAlone, tell, signal } = options;
  try {
    return await together();
  } catch (error) {
    if (!isAway(error)) throw error;
    tell(`${error.message}; hosts are settled without it`);
    const alone = await hostsAlone();
    if (alone.every(({ outcome }) => outcome === 'unchanged')) throw error;
    tell('waiting for the API server, to bring the nodes back');
    try {
      return await patiently(together, { clock: systemClock, timeoutMs: apiPatienceMs, signal });
    } catch (later) {
      // What was settled is told, whatever is in the way of the nodes.
      if (!(later instanceof NodeprepError)) throw later;
      return alone.map(result => joinNode(result, { error: nodesLeft(later) }));
    }
  }
};

const nodesLeft = ({ code, message, hint }: NodeprepError): HostError => ({
  code,
  message: `the host is settled, its node was not looked at and may still be cordoned: ${message}`,
  hint: [
    `Run nodeprep recover again${code === 'cluster-unreachable' ? ' once the API server answers' : ''}.`,
    ...(hint === undefined ? [] : [hint]),
  ].join('\n'),
});
