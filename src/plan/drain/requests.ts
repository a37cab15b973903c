import type { Pod } from '../../cluster/objects.ts';
import { type Amounts, amountsOf, mostOf, totalOf } from './quantity.ts';

const nothing: Amounts = {};

/**
 * What the scheduler reserves for a pod: its containers and sidecars together, or the hungriest moment of its start, plus overhead.
 * One pod more takes one of the node's `pods`. As upstream's component-helpers/resource does it.
 */
export const requestsOf = ({ spec }: Pod): Amounts => {
  let running = totalOf(spec.containers.map(({ resources }) => amountsOf(resources?.requests)));
  let sidecars = nothing;
  let starting = nothing;
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const own = amountsOf(resources?.requests);
    const isSidecar = restartPolicy === 'Always';
    if (isSidecar) {
      running = totalOf([running, own]);
      sidecars = totalOf([sidecars, own]);
    }
    starting = mostOf(starting, isSidecar ? sidecars : totalOf([own, sidecars]));
  }
  return { ...totalOf([mostOf(running, starting), amountsOf(spec.overhead)]), pods: 1000 };
};
