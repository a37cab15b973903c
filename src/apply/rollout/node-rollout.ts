import type { ClusterClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Node, Workload } from '../../cluster/objects.ts';
import { type ErrorCode, NodeprepError } from '../../core/errors.ts';
import type { HostError, NodeAnswer } from '../../core/result.ts';
import type { MovingPod } from '../../plan/drain/judgement.ts';
import { interruption } from '../interruption.ts';
import type { RunIdentity } from '../programs.ts';
import type { HoldAnswer, RunHolds } from '../run-host.ts';
import { type EvictEnd, evictPods, type KubeletState } from './evict-pods.ts';
import { heartbeatOf, isReady, waitReady } from './node-ready.ts';
import { patiently } from './patiently.ts';
import { type Baseline, baselineOf, settleWorkloads } from './settle-workloads.ts';
import { readyStaticPods, type StaticPods, settleStaticPods } from './static-pods.ts';

/** Pods that move, or why the node may not be drained after all. */
export type DrainDecision =
  | {
      readonly ok: true;
      readonly pods: readonly MovingPod[];
      /** Without this node's static pods the API does not answer (and that was allowed). */
      readonly takesApiDown: boolean;
      /** As they were when it was judged: what has to come back. */
      readonly workloads: readonly Workload[];
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly reason: string };

export interface NodeRolloutOptions {
  readonly cluster: Cluster;
  readonly node: string;
  readonly identity: RunIdentity;
  /** Why the node is cordoned, for the mark: `cgroup driver cgroupfs → systemd`. */
  readonly reason: string;
  /** restart: neither cordoned nor drained, only proved and waited for. */
  readonly kind: 'restart' | 'drain';
  readonly drainTimeoutMs: number;
  readonly settleTimeoutMs: number;
  /** Kubelet and runtime use different cgroup drivers now, before anything is changed. */
  readonly driversDisagree: boolean;
  /** How long a kubelet that was started may take to report Ready. */
  readonly readyTimeoutMs: number;
  /** The cluster as it is now, judged once more: only what was agreed to may be evicted. */
  readonly judge: () => Promise<DrainDecision>;
  /** Stops and removes every remaining sandbox over CRI; the kubelet is stopped by then. */
  readonly emptySandboxes: (signal: AbortSignal) => Promise<HoldAnswer>;
  /** The API goes away by our own doing, until the function given back is called. */
  readonly expectOutage: () => () => void;
  readonly tell: (note: string) => void;
  readonly clock: ClusterClock;
  readonly signal: AbortSignal;
  /** The command that settles the node if this ends badly. */
  readonly settle: string;
}

/** How the host's own run ended. */
export type HostEnd = 'committed' | 'unchanged' | 'reverted' | 'partial' | 'unknown';

export interface NodeEnd {
  readonly node?: NodeAnswer;
  /** What is wrong with the node, besides what the host says. */
  readonly error?: HostError;
}

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

interface Progress {
  cordoned: 'ours' | 'other' | undefined;
  heartbeat: string | undefined;
  baseline: Baseline;
  staticPods: StaticPods;
  takesApiDown: boolean;
  /** undefined: the API is not expected to be away. */
  outageOver: (() => void) | undefined;
}

/** How long an API server may be away while a node must be brought to an end. */
const apiPatienceMs = 120_000;

/** One node's way through a rollout (design 3.10): what the control side does at the holds of the host's run, and after it. */
export const nodeRollout = (options: NodeRolloutOptions): NodeRollout => {
  const progress: Progress = {
    cordoned: undefined,
    heartbeat: undefined,
    baseline: new Map(),
    staticPods: new Map(),
    takesApiDown: false,
    outageOver: undefined,
  };
  return {
    holds: {
      drained: waits =>
        refusing(() => drainNode({ ...options, signal: AbortSignal.any([waits, options.signal]) }, progress)),
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

const drainNode = async (options: NodeRolloutOptions, progress: Progress): Promise<HoldAnswer> => {
  const { cluster, node, clock, signal, tell } = options;
  const patience = { clock, timeoutMs: apiPatienceMs, signal };
  const found = await patiently(() => cluster.node(node), patience);
  if (found === undefined) return { go: false, code: 'cluster-mismatch', reason: `Node ${node} is not in the cluster` };
  progress.heartbeat = heartbeatOf(found);
  const { run, holder, reason, at } = markOf(options);
  // Before the answer is there: a request whose answer is lost may have been carried out.
  progress.cordoned = 'ours';
  progress.cordoned = await patiently(() => cluster.cordon(node, { run, holder, reason, at }), patience);
  tell(progress.cordoned === 'ours' ? `cordoned (run ${run})` : 'cordoned by somebody else already, and stays so');
  // Judged after the cordon: from here on the scheduler brings no further pods.
  const decision = await patiently(options.judge, patience);
  if (!decision.ok) return { go: false, code: decision.code, reason: decision.reason };
  progress.takesApiDown = decision.takesApiDown;
  progress.staticPods = readyStaticPods(await patiently(() => cluster.podsOn(node), patience));
  const owners = new Set(decision.pods.flatMap(({ controllerUid }) => controllerUid ?? []));
  progress.baseline = baselineOf(decision.workloads, owners);
  if (signal.aborted) return interruption(signal);
  const end = await evictPods(decision.pods, {
    cluster,
    node,
    timeoutMs: options.drainTimeoutMs,
    kubelet: kubeletOf(found, options),
    clock,
    signal,
  });
  return afterEviction(end, decision.pods.length, options);
};

const kubeletOf = (node: Node, { driversDisagree, tell }: NodeRolloutOptions): KubeletState => {
  if (!isReady(node)) return 'dead';
  if (!driversDisagree) return 'works';
  tell('kubelet and runtime disagree: pods that are left when their grace is over end with their sandboxes');
  return 'disagrees';
};

const markOf = ({ identity, reason, clock }: NodeRolloutOptions) => ({
  run: identity.runId,
  holder: identity.holder,
  reason,
  at: clock.date().toISOString(),
});

const afterEviction = (
  end: EvictEnd,
  count: number,
  { tell, node, drainTimeoutMs, signal }: NodeRolloutOptions,
): HoldAnswer => {
  if (end.kind === 'interrupted') return interruption(signal);
  if (end.kind === 'left') {
    const left = count - end.stayed;
    tell(`${left} ${left === 1 ? 'pod' : 'pods'} evicted`);
    if (end.stayed > 0) tell(`${end.stayed} that do not serve stay, and are started anew by the repaired kubelet`);
    return { go: true };
  }
  const seconds = Math.round(drainTimeoutMs / 1_000);
  const reason = `Node ${node} could not be drained within ${seconds} s: ${end.reasons.join('; ')}`;
  return { go: false, code: 'drain-timeout', reason };
};

const emptyNode = async (options: NodeRolloutOptions, progress: Progress): Promise<HoldAnswer> => {
  const { cluster, node, signal, tell } = options;
  // The kubelet is stopped: whatever it reports after this is new. Without the API, as on a lone control plane, the earlier one stands.
  const found = await cluster.node(node).catch(() => undefined);
  progress.heartbeat = heartbeatOf(found) ?? progress.heartbeat;
  if (signal.aborted) return interruption(signal);
  if (progress.takesApiDown && progress.outageOver === undefined) {
    progress.outageOver = options.expectOutage();
    tell('the API goes away until the static pods of this node are back');
  }
  return options.emptySandboxes(signal);
};

const provenReady = async (options: NodeRolloutOptions, progress: Progress): Promise<string | undefined> => {
  const { cluster, node, readyTimeoutMs, clock, tell } = options;
  const after = options.kind === 'drain' ? progress.heartbeat : undefined;
  const problem = await waitReady({ cluster, node, after, timeoutMs: readyTimeoutMs, clock });
  if (problem === undefined) tell('kubelet Ready');
  return problem;
};

const finishNode = async (
  options: NodeRolloutOptions,
  progress: Progress,
  end: HostEnd,
  agree: boolean,
): Promise<NodeEnd> => {
  try {
    return await bringBack(options, progress, end, agree);
  } catch (error) {
    if (!(error instanceof NodeprepError)) throw error;
    return leftCordoned(options, progress, error.code, error.message);
  } finally {
    progress.outageOver?.();
  }
};

const bringBack = async (
  options: NodeRolloutOptions,
  progress: Progress,
  end: HostEnd,
  agree: boolean,
): Promise<NodeEnd> => {
  if (end === 'partial' || end === 'unknown') return leftCordoned(options, progress, 'revert-partial', whyLeft[end]);
  if (progress.cordoned === undefined) return answerNow(options, progress);
  // Where the host changed nothing its kubelet was never stopped: the node is as it was, whatever that is.
  const problem = end === 'unchanged' ? undefined : await comeBack(options, progress, agree);
  if (problem !== undefined) return leftCordoned(options, progress, 'node-not-ready', problem);
  await lift(options, progress);
  return end === 'unchanged' ? answerOf(options, progress) : settled(options, progress, end);
};

const comeBack = async (
  { cluster, node, readyTimeoutMs, clock }: NodeRolloutOptions,
  { heartbeat }: Progress,
  agree: boolean,
): Promise<string | undefined> =>
  (await waitReady({ cluster, node, after: heartbeat, timeoutMs: readyTimeoutMs, clock })) ??
  (agree ? undefined : disagree);

const disagree = 'kubelet and runtime do not use the same cgroup driver';
const whyLeft = {
  partial: 'not everything could be undone on the host',
  unknown: 'how the run on the host ended is not known',
} as const;

const lift = async ({ cluster, node, clock, tell }: NodeRolloutOptions, progress: Progress): Promise<void> => {
  if (progress.cordoned !== 'ours') return;
  const lifted = await patiently(() => cluster.uncordon(node), { clock, timeoutMs: apiPatienceMs });
  tell(lifted === 'lifted' ? 'uncordoned' : 'the mark of this run is gone from the node; its cordon was left as it is');
  progress.cordoned = undefined;
};

/** Static pods and workloads that are not back by then count as a failed node. A node that was reverted waits for its own only. */
const settled = async (
  options: NodeRolloutOptions,
  progress: Progress,
  end: 'committed' | 'reverted',
): Promise<NodeEnd> => {
  const { cluster, node, clock, signal, settleTimeoutMs, tell } = options;
  const started = clock.now();
  const timed = { cluster, clock, signal, timeoutMs: settleTimeoutMs };
  const own = await settleStaticPods(progress.staticPods, { ...timed, node, areNew: end === 'committed' });
  const left = [...own, ...(end === 'committed' ? await settleWorkloads(progress.baseline, timed) : [])];
  const seconds = Math.round((clock.now() - started) / 1_000);
  const answer = await answerFrom(stillReady(options), options, progress);
  const error = answer.node?.ready === true || signal.aborted ? undefined : notReadyAnyMore(options);
  if (left.length === 0) {
    if (progress.staticPods.size > 0) tell(`static pods Ready`);
    if (progress.baseline.size > 0 && end === 'committed') tell(`workloads back after ${seconds} s`);
    return error === undefined ? answer : { ...answer, error };
  }
  if (signal.aborted) {
    tell(`not waited for: ${left.join(', ')}`);
    return answer;
  }
  const message = `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} not available again ${seconds} s after the node came back`;
  if (error !== undefined) return { ...answer, error: { ...error, message: `${error.message}; ${message}` } };
  const hint = `Look: kubectl get pods -A -o wide  The node itself is Ready and schedulable.`;
  return { ...answer, error: { code: 'settle-timeout' satisfies ErrorCode, message, hint } };
};

/** A kubelet that has just come back on a busy node may falter once more: the next node must not go while this one does. */
const stillReady = async ({
  cluster,
  node,
  clock,
  signal,
  readyTimeoutMs,
}: NodeRolloutOptions): Promise<Node | undefined> => {
  const end = clock.now() + readyTimeoutMs;
  for (;;) {
    const found = await patiently(() => cluster.node(node), { clock, timeoutMs: apiPatienceMs });
    if (isReady(found) || signal.aborted || clock.now() >= end) return found;
    await clock.sleep(pollMs, signal);
  }
};

const pollMs = 1_000;

const notReadyAnyMore = ({ node, settle }: NodeRolloutOptions): HostError => ({
  code: 'node-not-ready' satisfies ErrorCode,
  message: `Node ${node} was Ready and uncordoned, and is not Ready any more`,
  hint: `Look: journalctl -u kubelet on the host  Then: ${settle}`,
});

const leftCordoned = async (
  options: NodeRolloutOptions,
  progress: Progress,
  code: ErrorCode,
  why: string,
): Promise<NodeEnd> => {
  const { node, settle, tell } = options;
  const answer = await answerNow(options, progress);
  const state = progress.cordoned === 'ours' ? `Node ${node} stays cordoned` : `Node ${node} is left as it is`;
  tell(`${state}: ${why}`);
  const hint = `Look: journalctl -u kubelet on the host  Then: ${settle}`;
  return { ...answer, error: { code, message: `${state}: ${why}`, hint } };
};

/** The node is back, so an API server that stumbles now is waited for: what is not known would be told as not Ready. */
const answerOf = (options: NodeRolloutOptions, progress: Progress): Promise<NodeEnd> => {
  const { cluster, node, clock } = options;
  const ask = patiently(() => cluster.node(node), { clock, timeoutMs: apiPatienceMs });
  return answerFrom(ask, options, progress);
};

const answerNow = (options: NodeRolloutOptions, progress: Progress): Promise<NodeEnd> =>
  answerFrom(options.cluster.node(options.node), options, progress);

const answerFrom = async (
  asked: Promise<Node | undefined>,
  { node }: NodeRolloutOptions,
  { cordoned }: Progress,
): Promise<NodeEnd> => {
  const found = await asked.catch(() => undefined);
  const isOther = cordoned === 'other' || (cordoned === undefined && found?.spec.unschedulable === true);
  return {
    node: {
      name: node,
      ready: isReady(found),
      cordonedBy: cordoned === 'ours' ? 'nodeprep' : isOther ? 'other' : null,
    },
  };
};
