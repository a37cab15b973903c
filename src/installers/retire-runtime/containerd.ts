import { criSocketOf } from '../../core/cri-endpoint.ts';
import type { DesiredNode } from '../../core/desired.ts';
import { known } from '../../core/observed.ts';
import { criDockerUnit, dockerUnit } from '../../facts/docker.ts';
import { planCriOff } from '../containerd/cri-off.ts';
import { containerdUnit } from '../containerd/service.ts';
import { disruptionOf } from '../disruption.ts';
import { criDockerSocket } from '../docker/archive.ts';
import { nothing, planRefused, refused } from '../known-facts.ts';
import { foreignTasks } from './foreign.ts';
import { answerAt, isDockerLike, isInUse, type Retirement, type Seen } from './retirement.ts';
import { stopUnits } from './stop-units.ts';

const socket = criSocketOf('containerd');

/** An engine that nobody retires keeps running on it. */
const staysBeneath = (seen: Seen, desired: DesiredNode): boolean =>
  isDockerLike(desired) ||
  (isInUse(seen, dockerUnit) && ![criDockerSocket, criDockerUnit].some(unit => isInUse(seen, unit)));

const keptOnNode = planRefused(
  'this node moves from containerd to Docker, and runtime.keepContainerdCri keeps the endpoint that its kubelet uses now',
  'Take runtime.keepContainerdCri out of the inventory until the node has moved.',
);

export const containerd: Retirement = {
  names: ['containerd'],
  label: 'containerd',
  socket,
  owner: 'containerd',
  units: [containerdUnit],
  // Beneath an engine it runs without an endpoint.
  serves: seen => answerAt(seen, socket) !== undefined,
  isBeneath: ({ docker }, desired) => isDockerLike(desired) && docker.known && docker.value.engine !== '',
  plan(seen, desired, isMigration) {
    if (!staysBeneath(seen, desired)) {
      const because = `${desired.runtime.name} serves CRI in its place`;
      return { ...nothing, changes: stopUnits(seen, [containerdUnit], because) };
    }
    if (desired.runtime.keepContainerdCri === true) {
      return isMigration && seen.joined ? refused(keptOnNode) : nothing;
    }
    if (!seen.containerd.known) {
      return refused(planRefused(`the configuration of containerd is unknown: ${seen.containerd.reason}`));
    }
    const { services, cri, joined } = seen;
    return planCriOff(
      { containerd: seen.containerd.value, unit: services[containerdUnit], cri },
      isMigration ? { disruption: disruptionOf('runtime-retired', joined), needsNoSandboxes: true } : undefined,
    );
  },
  bystanders({ contents, ...seen }, desired) {
    // A restart of it leaves them running.
    if (staysBeneath({ contents, ...seen }, desired)) return known([]);
    return foreignTasks(contents);
  },
  // Of containers without a task only its database knows.
  holds: ({ contents }) => foreignTasks(contents),
  isShared: staysBeneath,
};
