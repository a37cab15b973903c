import { criSocketOf, criSocketPaths } from '../../core/cri-endpoint.ts';
import type { CriAnswers } from '../../facts/cri.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

/** Pods of another runtime: moving them is a migration. */
export const podsElsewhere = (cri: CriAnswers, joined: boolean): readonly Refusal[] => {
  const own = criSocketOf('docker');
  const answers = Object.entries(cri).filter(([socket]) => socket !== own);
  const holding = answers.flatMap(([socket, answer]) =>
    answer.answered && answer.sandboxes > 0 ? [`${answer.runtimeName} at ${socket} holds ${answer.sandboxes}`] : [],
  );
  const others = answers.filter(([socket, { answered }]) => answered && criSocketPaths.includes(socket));
  const isOurs = cri[own] !== undefined;
  if (holding.length === 0 && (!joined || isOurs || others.length === 0)) return [];
  const why =
    holding.length > 0
      ? `${holding.join(' and ')} pod sandboxes`
      : `${others.map(([socket]) => socket).join(' and ')} serves the kubelet of this node`;
  return [
    planRefused(
      `${why}: moving a node to Docker Engine is a migration, which comes with a later version of nodeprep`,
      'Keep the runtime that it has with runtime.name; or drain the node, take it out of the cluster (kubeadm reset), then plan again.',
    ),
  ];
};
