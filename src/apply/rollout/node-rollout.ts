import { NodeprepError } from '../../core/errors.ts';
import type { HoldAnswer, RunHolds } from '../run-host.ts';
import { finishNode } from './bring-back.ts';
import { drainNode, emptyNode } from './drain-node.ts';
import type { HostEnd, NodeEnd, NodeRolloutOptions, Progress } from './node-progress.ts';
import { waitReady } from './node-ready.ts';

export interface NodeRollout {
  readonly holds: RunHolds;
  /** undefined, or why the node is not Ready with a kubelet that has spoken since its start. */
  ready(): Promise<string | undefined>;
  /** A mark of an earlier run stands on the node: it is brought back as if this run had set it. */
  adopt(): void;
  /** Whether this run has to bring the node back. */
  isCordoned(): boolean;
  /** Brings the node back, or leaves it cordoned, marked and named. `agree`: kubelet and runtime use the same driver. */
  finish(end: HostEnd, agree: boolean): Promise<NodeEnd>;
}

/** One node's way through a rollout (design 3.10): what the control side does at the holds of the host's run, and after it. */
export const nodeRollout = (options: NodeRolloutOptions): NodeRollout => {
  const progress: Progress = {
    cordoned: undefined,
    heartbeat: undefined,
    baseline: new Map(),
    staticPods: new Map(),
    takesApiDown: false,
    emptied: false,
    outageOver: undefined,
  };
  return {
    holds: {
      // A kubelet that an earlier round has stopped has started nothing since: what the drain found then is what is waited for.
      drained: async waits =>
        progress.emptied
          ? { go: true }
          : refusing(() => drainNode({ ...options, signal: AbortSignal.any([waits, options.signal]) }, progress)),
      sandboxes: waits =>
        refusing(() => emptyNode({ ...options, signal: AbortSignal.any([waits, options.signal]) }, progress)),
    },
    ready: () => provenReady(options, progress),
    adopt: () => {
      progress.cordoned = 'ours';
    },
    isCordoned: () => progress.cordoned !== undefined,
    finish: (end, agree) => finishNode(options, progress, end, agree),
  };
};

/** What cannot be done at a hold is its answer: the host takes back what it did so far. */
const refusing = async (work: () => Promise<HoldAnswer>): Promise<HoldAnswer> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NodeprepError)) throw error;
    return { go: false, code: error.code, reason: error.message };
  }
};

const provenReady = async (options: NodeRolloutOptions, progress: Progress): Promise<string | undefined> => {
  const { cluster, node, readyTimeoutMs, clock, tell } = options;
  const after = options.kind === 'drain' ? progress.heartbeat : undefined;
  const problem = await waitReady({ cluster, node, after, timeoutMs: readyTimeoutMs, clock });
  if (problem === undefined) tell('kubelet Ready');
  return problem;
};
