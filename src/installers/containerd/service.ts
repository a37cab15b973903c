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
      disruptionOf(
        rowOf(
          movesDriver,
          gaps.some(({ defaultHandler }) => defaultHandler),
        ),
        joined,
      ),
  });

export const rowOf = (
  movesDriver: boolean,
  movesDefault: boolean | undefined,
): 'containerd-cgroup-driver' | 'containerd-default-handler' | 'containerd-settings' => {
  if (movesDriver) return 'containerd-cgroup-driver';
  return movesDefault === true ? 'containerd-default-handler' : 'containerd-settings';
};
