import { criSocketOf } from '../../core/cri-endpoint.ts';
import { dockerLikeNames } from '../../core/runtimes/index.ts';
import { criDockerUnit, dockerUnit } from '../../facts/docker.ts';
import { containerdUnit } from '../containerd/service.ts';
import { criDockerSocket } from '../docker/archive.ts';
import { nothing } from '../known-facts.ts';
import { containerd } from './containerd.ts';
import { bystandersOf, containersIn } from './docker-containers.ts';
import { answerAt, isInUse, type Retirement, type Seen } from './retirement.ts';
import { stopUnits } from './stop-units.ts';

const socket = criSocketOf('docker');
const units = [criDockerSocket, criDockerUnit, 'docker.socket', dockerUnit] as const;

/** An engine without cri-dockerd is no runtime of Kubernetes, and stays what it is. */
const serves = (seen: Seen): boolean =>
  answerAt(seen, socket) !== undefined || isInUse(seen, criDockerSocket) || isInUse(seen, criDockerUnit);

export const docker: Retirement = {
  names: dockerLikeNames,
  label: 'Docker Engine with cri-dockerd',
  socket,
  owner: 'docker',
  units,
  serves,
  isBeneath: () => false,
  plan(seen, { runtime }) {
    // What it ran on is nobody's then, unless it is the runtime that is asked for.
    const beneath = runtime.name === 'containerd' || containerd.serves(seen) ? [] : [containerdUnit];
    return {
      ...nothing,
      changes: stopUnits(seen, [...units, ...beneath], `${runtime.name} serves CRI in its place`),
    };
  },
  bystanders: ({ docker: observed }) => (observed.known ? bystandersOf(observed.value) : observed),
  holds: ({ docker: observed }) => (observed.known ? containersIn(observed.value) : observed),
};
