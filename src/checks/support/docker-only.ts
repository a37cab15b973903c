import type { DesiredNode } from '../../core/desired.ts';
import type { Docker } from '../../facts/docker.ts';
import type { Verdict } from '../check.ts';

/** For rules about an engine that is there: its absence is told once, by `runtime-installed`. */
export const noDocker = ({ engine }: Docker, { runtime: { name } }: DesiredNode): Verdict | undefined => {
  if (name !== 'docker' && name !== 'mirantis')
    return { status: 'skip', reason: `the inventory asks for ${name}; this rule is about Docker Engine` };
  return engine === '' ? { status: 'skip', reason: 'needs a runtime: Docker Engine is not installed' } : undefined;
};
