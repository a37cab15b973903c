import type { LabNode } from '../../lab/index.ts';
import { pointsPassed } from '../../nodes/support/host-points.ts';

/** Where a node's way through a rollout is interrupted. */
export const phases = ['evicting', 'sandboxes', 'switch', 'resume', 'verify', 'uncordon'] as const;
export type Phase = (typeof phases)[number];

/** Number of the host program's point at which each phase is met: the host stands there while the control side goes on. */
export type PhasePoints = Readonly<Record<Phase, number>>;

/** From the points of a whole run. Both daemons have begun to change in `switch`; in `resume` the kubelet already runs. */
export const phasePointsOf = async (node: LabNode): Promise<PhasePoints> => {
  const names = (await pointsPassed(node)).map(name => name.trim());
  const numberOf = (name: string, until = names.length): number => {
    const index = names.lastIndexOf(name, until - 1);
    if (index < 0) throw new Error(`${node.name} passed no point ${name}: ${names.join(', ')}`);
    return index + 1;
  };
  const lastBefore = (part: string, until: number): number => {
    const index = names.slice(0, until).findLastIndex(name => name.startsWith(part));
    if (index < 0) throw new Error(`${node.name} passed no point ${part} before ${until}`);
    return index + 1;
  };
  const resumes = numberOf('before phase -');
  const round = numberOf('before hold round-1');
  return {
    evicting: numberOf('after hold drained-1'),
    sandboxes: numberOf('after hold sandboxes-1'),
    switch: lastBefore('after begin', resumes),
    resume: lastBefore('before done', round),
    verify: numberOf('after hold verify'),
    uncordon: numberOf('before settle -'),
  };
};
