import type { Blocker, Told } from './judgement.ts';

/** More names than this hide what is said about them. */
const maxNames = 3;

/** `shop/a, shop/b, shop/c and 4 more` */
export const podNames = (pods: readonly string[]): string => {
  const left = pods.length - maxNames;
  return left <= 1 ? pods.join(', ') : `${pods.slice(0, maxNames).join(', ')} and ${left} more`;
};

/** A budget speaks for its pods; of anything else they are named. */
export const blockerWords = ({ kind, pods, reason, remedy }: Blocker): string => {
  const who = kind === 'budget' ? '' : `${podNames(pods)}: `;
  return `${who}${reason}. ${remedy}.`;
};

export const toldWords = ({ pods, reason }: Told): string => `${podNames(pods)}: ${reason}`;
