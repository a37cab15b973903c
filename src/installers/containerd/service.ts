import type { ServiceChange } from '../../changes/change.ts';
import type { Service } from '../../facts/services.ts';
import { disruptionOf } from '../disruption.ts';
import { planRuntimeUnit } from '../runtime-unit.ts';
import type { Gap } from './in-force.ts';

export const containerdUnit = 'containerd.service';

/** It reads its files at its start only. */
export const planService = (state: Service, gaps: readonly Gap[], joined: boolean): readonly ServiceChange[] =>
  planRuntimeUnit({
    unit: containerdUnit,
    state,
    gaps,
    disruptionOf: (_, movesDriver) =>
      disruptionOf(movesDriver ? 'containerd-cgroup-driver' : 'containerd-settings', joined),
  });
