import type { ServiceChange } from '../../changes/change.ts';
import type { Service } from '../../facts/services.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import { planRuntimeUnit } from '../runtime-unit.ts';
import type { Gap } from './in-force.ts';

export const containerdUnit = 'containerd.service';

/** It reads its files at its start only. */
export const planService = (state: Service, gaps: readonly Gap[], joined: boolean): readonly ServiceChange[] =>
  planRuntimeUnit({
    unit: containerdUnit,
    state,
    gaps,
    disruptionOf: (_, driver) =>
      disruptionOf(
        rowOf({
          driver,
          defaultHandler: gaps.some(({ defaultHandler }) => defaultHandler),
          selinux: gaps.some(({ selinux }) => selinux),
        }),
        joined,
      ),
  });

interface Moved {
  readonly driver: boolean;
  readonly defaultHandler: boolean;
  readonly selinux: boolean;
}

export const rowOf = (
  moved: Moved,
): Extract<DisruptionId, `containerd-${'cgroup-driver' | 'default-handler' | 'selinux' | 'settings'}`> => {
  if (moved.driver) return 'containerd-cgroup-driver';
  if (moved.defaultHandler) return 'containerd-default-handler';
  return moved.selinux ? 'containerd-selinux' : 'containerd-settings';
};
