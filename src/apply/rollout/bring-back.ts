import type { Node } from '../../cluster/objects.ts';
import { type ErrorCode, NodeprepError } from '../../core/errors.ts';
import type { HostError } from '../../core/result.ts';
import { apiPatienceMs, type HostEnd, type NodeEnd, type NodeRolloutOptions, type Progress } from './node-progress.ts';
import { isReady, waitReady } from './node-ready.ts';
import { patiently } from './patiently.ts';
import { settleWorkloads } from './settle-workloads.ts';
import { settleStaticPods } from './static-pods.ts';

/** Uncordons a node that is proved, else leaves it cordoned, marked and named with the command that settles it. */
export const finishNode = async (
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
  const own = await settleStaticPods(progress.staticPods, { ...timed, node, areNew: progress.emptied });
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
