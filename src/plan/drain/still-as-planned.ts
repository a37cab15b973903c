import type { AcceptedLoss, Blocker, DrainJudgement } from './judgement.ts';

/**
 * Why a node may not be drained any more, as it was judged again right before; empty: go on. A rollout moves pods from node to node
 * itself, so pods are not compared one by one: whoever can move may have come meanwhile. What may be lost is another matter.
 * That was accepted for the pods seen in the plan, all nodes of it, and holds for what their controllers put in their place;
 * anything else that would be lost was never agreed to.
 */
export const stillAsPlanned = (
  planned: readonly Pick<DrainJudgement, 'accepted'>[],
  now: Pick<DrainJudgement, 'blockers' | 'accepted'>,
): readonly Blocker[] => {
  const seen = new Set(planned.flatMap(({ accepted }) => accepted.flatMap(keysOf)));
  const unseen = now.accepted.filter(loss => !keysOf(loss).some(key => seen.has(key)));
  return [...now.blockers, ...unseen.map(({ loss, pod }) => newLoss(loss, pod))];
};

const keysOf = ({ loss, uid, controllerUid }: AcceptedLoss): readonly string[] => [
  `${loss} ${uid}`,
  ...(controllerUid === undefined ? [] : [`${loss} ${controllerUid}`]),
];

const newLoss = (loss: AcceptedLoss['loss'], pod: string): Blocker => ({
  kind: loss,
  pods: [pod],
  reason: `${pod} came after the plan, and ${loss} was accepted for the pods in it only`,
  remedy: 'Plan again and agree to the new plan',
});
