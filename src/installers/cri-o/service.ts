import type { ServiceChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import type { Service } from '../../facts/services.ts';
import { disruptionOf } from '../disruption.ts';
import { planRuntimeUnit } from '../runtime-unit.ts';
import type { Gap } from './in-force.ts';
import { restartRow } from './wanted-settings.ts';

export const crioUnit = 'crio.service';

/** A reload is enough for its pause image. */
export const planService = (
  state: Service,
  gaps: readonly Gap[],
  { cgroupDriver }: Pick<DesiredRuntime, 'cgroupDriver'>,
  joined: boolean,
): readonly ServiceChange[] =>
  planRuntimeUnit({
    unit: crioUnit,
    state,
    gaps,
    disruptionOf(action, movesDriver) {
      if (movesDriver) return disruptionOf('cri-o-cgroup-driver', joined);
      if (gaps.some(({ defaultHandler }) => defaultHandler)) return disruptionOf('cri-o-default-handler', joined);
      if (gaps.some(({ selinux }) => selinux)) return disruptionOf('cri-o-selinux', joined);
      return disruptionOf(action === 'reload' ? 'cri-o-pause-image' : restartRow(cgroupDriver), joined);
    },
  });
