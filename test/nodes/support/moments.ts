import type { PlannedChange } from '../../../src/core/result.ts';
import type { LabNode } from '../../lab/index.ts';
import { pointsPassed } from './host-points.ts';
import type { Name } from './moving.ts';

/** In the middle of a migration, in words that go on from `power lost`. */
export const moments = [
  'while its packages are installed',
  'once its configuration is written',
  'once the old endpoint is gone',
  'once the new runtime runs',
  'before it is committed',
] as const;
export type Moment = (typeof moments)[number];

/** Number of the host program's point at which each is met. */
export type PointAt = Readonly<Record<Moment, number>>;

type New = Exclude<Name, 'containerd'>;

const packaged: Readonly<Record<New, string>> = { 'cri-o': 'cri-o', docker: 'docker-ce', mirantis: 'docker-ee' };

interface Step {
  readonly step: string;
  readonly change: PlannedChange;
}

/** From the points and the manifests of a whole run from containerd, the last on the node. */
export const momentsOf = async (node: LabNode, to: New): Promise<PointAt> => {
  const names = await pointsPassed(node);
  const said = await node.sh('cd /var/lib/nodeprep/runs; cat "$(ls | tail -n 1)"/rounds/*/manifest.json');
  const steps = said.split('\n').flatMap((line): readonly Step[] => JSON.parse(line).steps);
  const numberOf = (name: string): number => {
    const index = names.lastIndexOf(name);
    if (index < 0) throw new Error(`${node.name} passed no point ${name}: ${names.join(', ')}`);
    return index + 1;
  };
  const last = (what: string, is: (change: PlannedChange) => boolean): string => {
    const found = steps.findLast(({ change }) => is(change))?.step;
    if (found === undefined) throw new Error(`no step of ${what}: ${said}`);
    return found;
  };
  const installing = last(packaged[to], ({ kind, target }) => kind === 'package' && target.startsWith(packaged[to]));
  const retired = last('its end', ({ kind, target }) => kind === 'service' && target === 'containerd.service');
  const rounds = steps.at(-1)?.step.replace(/-.*/, '');
  return {
    // In it, the second point from its end: all is unpacked and configured, and nobody has noted what.
    'while its packages are installed': numberOf(`in ${installing}`) - 1,
    'once its configuration is written': numberOf(`after done ${last('files', ({ kind }) => kind === 'file')}`),
    'once the old endpoint is gone': numberOf(`after done ${retired}`),
    'once the new runtime runs': numberOf(`after hold round-${rounds}`),
    'before it is committed': numberOf('after hold verify'),
  };
};
