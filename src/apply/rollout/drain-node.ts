import type { Node } from '../../cluster/objects.ts';
import { interruption } from '../interruption.ts';
import type { HoldAnswer } from '../run-host.ts';
import { type EvictEnd, evictPods, type KubeletState } from './evict-pods.ts';
import { apiPatienceMs, type NodeRolloutOptions, type Progress } from './node-progress.ts';
import { heartbeatOf, isReady } from './node-ready.ts';
import { patiently } from './patiently.ts';
import { baselineOf } from './settle-workloads.ts';
import { readyStaticPods } from './static-pods.ts';

/** At the hold `drained`: cordoned with our mark, judged once more, evicted. */
export const drainNode = async (options: NodeRolloutOptions, progress: Progress): Promise<HoldAnswer> => {
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

/** At the hold `sandboxes`: the kubelet is stopped, and what is left goes over CRI. */
export const emptyNode = async (options: NodeRolloutOptions, progress: Progress): Promise<HoldAnswer> => {
  const { cluster, node, signal, tell } = options;
  // The kubelet is stopped: whatever it reports after this is new. Without the API, as on a lone control plane, the earlier one stands.
  const found = await cluster.node(node).catch(() => undefined);
  progress.heartbeat = heartbeatOf(found) ?? progress.heartbeat;
  if (signal.aborted) return interruption(signal);
  if (progress.takesApiDown && progress.outageOver === undefined) {
    progress.outageOver = options.expectOutage();
    tell('the API goes away until the static pods of this node are back');
  }
  const answer = await options.emptySandboxes(signal);
  progress.emptied = answer.go;
  return answer;
};
