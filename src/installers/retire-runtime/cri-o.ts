import { criSocketOf } from '../../core/cri-endpoint.ts';
import { known } from '../../core/observed.ts';
import { nothing } from '../known-facts.ts';
import { answerAt, isInUse, type Retirement } from './retirement.ts';
import { stopUnits } from './stop-units.ts';

const unit = 'crio.service';
const socket = criSocketOf('cri-o');

/** It runs for Kubernetes alone: what podman runs shares its images, and needs no daemon. */
export const criO: Retirement = {
  names: ['cri-o'],
  label: 'CRI-O',
  socket,
  owner: 'crio',
  units: [unit],
  serves: seen => answerAt(seen, socket) !== undefined || isInUse(seen, unit),
  isBeneath: () => false,
  plan: (seen, { runtime }) => ({
    ...nothing,
    changes: stopUnits(seen, [unit], `${runtime.name} serves CRI in its place`),
  }),
  bystanders: () => known([]),
  holds: () => known([]),
};
