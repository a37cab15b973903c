import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { Node, Pod } from '../../cluster/objects.ts';
import type { PodVerdict } from '../../core/result.ts';
import type { DrainLoss } from '../../core/rollout-settings.ts';
import { barePods } from './bare-pods.ts';
import { budgets, budgetsOverlap } from './budgets.ts';
import { type ClusterIndex, indexCluster } from './cluster-index.ts';
import type { DrainContext, DrainRule, Opinion } from './drain-context.ts';
import { emptyDir } from './empty-dir.ts';
import { estimateSeconds, graceOf } from './estimate.ts';
import { hostPaths } from './host-paths.ts';
import type { Blocker, DrainJudgement, MovingPod, Told } from './judgement.ts';
import { localVolumes } from './local-volumes.ts';
import { noNode } from './no-node.ts';
import { isNodeReady } from './nodes.ts';
import { fullName, isLeaving } from './pods.ts';
import { withoutRoom } from './room.ts';
import { staysBecause } from './stays.ts';

/** Worst first: what is told first of a pod that has several. */
const rules: readonly DrainRule[] = [budgets, budgetsOverlap, barePods, emptyDir, localVolumes, noNode, hostPaths];

export interface DrainQuestion {
  readonly accept: readonly DrainLoss[];
  readonly now: Date;
  /** Names of nodes that are away at the same time: the batch of this one. */
  readonly away?: readonly string[];
}

/** Whether these nodes can be emptied, each by itself: what the cluster says is sorted once for all of them. */
export const judgeDrains = (
  nodes: readonly Node[],
  facts: ClusterFacts,
  questionOf: (node: Node) => DrainQuestion,
): ReadonlyMap<string, DrainJudgement> => {
  const index = indexCluster(facts);
  return new Map(nodes.map(node => [node.metadata.name, judge(node, index, questionOf(node))]));
};

export const judgeDrain = ({
  node,
  cluster,
  ...question
}: DrainQuestion & { readonly node: Node; readonly cluster: ClusterFacts }): DrainJudgement =>
  judge(node, indexCluster(cluster), question);

const judge = (node: Node, index: ClusterIndex, { accept, now, away = [] }: DrainQuestion): DrainJudgement => {
  const isKubeletDead = !isNodeReady(node);
  const context: DrainContext = { node, index, accept: new Set(accept), isKubeletDead, away: new Set(away) };
  const judged = (index.podsByNode.get(node.metadata.name) ?? [])
    .map(pod => judgePod(pod, context))
    .toSorted((left, right) => (fullName(left.pod.metadata) < fullName(right.pod.metadata) ? -1 : 1));
  const moving = judged.filter(({ verdict }) => verdict.verdict === 'move').map(({ pod }) => pod);
  const opinions = judged.flatMap(({ pod, opinions }) => opinions.map(opinion => ({ pod, opinion })));
  const blockers = blockersOf(opinions);
  return {
    node: node.metadata.name,
    answer: { feasible: blockers.length === 0, pods: judged.map(({ verdict }) => verdict) },
    blockers,
    waits: toldOf(opinions, 'wait'),
    warnings: [
      ...toldOf(opinions, 'warn'),
      ...withoutRoom(moving, context).map(({ pod, reason }) => ({
        pods: [fullName(pod.metadata)],
        reason: `no room on another node now (${reason}), Pending until there is some`,
      })),
    ].reduce<Told[]>(together, []),
    moving: moving.map(pod => toMoving(pod, index)),
    accepted: opinions.flatMap(({ pod, opinion }) =>
      opinion.verdict === 'accepted'
        ? [{ loss: opinion.loss, pod: fullName(pod.metadata), uid: pod.metadata.uid, ...controllerUid(pod, index) }]
        : [],
    ),
    estimateSeconds: estimateSeconds(moving, context, now),
    areEvictionsAwaited: !isKubeletDead,
  };
};

interface JudgedPod {
  readonly pod: Pod;
  readonly verdict: PodVerdict;
  readonly opinions: readonly Opinion[];
}

const judgePod = (pod: Pod, context: DrainContext): JudgedPod => {
  const { namespace = '', name } = pod.metadata;
  const stays = staysBecause(pod, context.index);
  if (stays !== undefined) return { pod, verdict: { namespace, name, verdict: 'stay', reason: stays }, opinions: [] };
  const opinions = rules.flatMap(rule => rule(pod, context) ?? []);
  const blocks = opinions.filter(({ verdict }) => verdict === 'block');
  const reason = (blocks.length > 0 ? blocks : opinions).flatMap(opinion => reasonOf(opinion)).join('; ');
  const told = isLeaving(pod) ? 'is being deleted already' : reason;
  const verdict = blocks.length > 0 ? 'block' : 'move';
  return { pod, verdict: { namespace, name, verdict, ...(told === '' ? {} : { reason: told }) }, opinions };
};

const reasonOf = (opinion: Opinion): readonly string[] => {
  if (opinion.verdict === 'warn') return [];
  return [opinion.verdict === 'accepted' ? `${opinion.reason}, accepted` : opinion.reason];
};

type OpinionOfPod = { readonly pod: Pod; readonly opinion: Opinion };

const blockersOf = (opinions: readonly OpinionOfPod[]): readonly Blocker[] => {
  const blockers = new Map<string, Blocker>();
  for (const { pod, opinion } of opinions) {
    if (opinion.verdict !== 'block') continue;
    const { kind, cause, remedy } = opinion;
    const key = `${kind} ${cause} ${remedy}`;
    blockers.set(key, {
      kind,
      pods: [...(blockers.get(key)?.pods ?? []), fullName(pod.metadata)],
      reason: cause,
      remedy,
    });
  }
  return [...blockers.values()];
};

const toldOf = (opinions: readonly OpinionOfPod[], verdict: 'wait' | 'warn'): readonly Told[] =>
  opinions
    .flatMap(({ pod, opinion }) =>
      opinion.verdict === verdict ? [{ pods: [fullName(pod.metadata)], reason: opinion.cause }] : [],
    )
    .reduce<Told[]>(together, []);

/** What is said of several pods is said once. */
const together = (told: Told[], next: Told): Told[] => {
  const same = told.findIndex(({ reason }) => reason === next.reason);
  const before = told[same];
  if (before === undefined) return [...told, next];
  return told.with(same, { ...before, pods: [...before.pods, ...next.pods] });
};

const controllerUid = (pod: Pod, index: ClusterIndex): { readonly controllerUid?: string } => {
  const uid = index.controllerOf(pod)?.uid;
  return uid === undefined ? {} : { controllerUid: uid };
};

const toMoving = (pod: Pod, index: ClusterIndex): MovingPod => ({
  namespace: pod.metadata.namespace ?? '',
  name: pod.metadata.name,
  uid: pod.metadata.uid,
  graceSeconds: graceOf(pod),
  ...controllerUid(pod, index),
});
