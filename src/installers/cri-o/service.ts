import type { ServiceChange } from '../../changes/change.ts';
import type { DesiredRuntime } from '../../core/desired.ts';
import type { Service } from '../../facts/services.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import type { Gap } from './in-force.ts';
import { labels } from './labels.ts';
import { restartRow } from './wanted-settings.ts';

export const crioUnit = 'crio.service';

const isStopped = ({ activeState }: Service): boolean => activeState !== 'active' && activeState !== 'reloading';

/** Enabled, running, and reloaded or restarted where what runs is not what is desired; nothing where all of that holds. */
export const planService = (
  unit: Service,
  gaps: readonly Gap[],
  { cgroupDriver }: Pick<DesiredRuntime, 'cgroupDriver'>,
  joined: boolean,
): readonly ServiceChange[] => {
  const { unitFileState, activeState } = unit;
  const masked = unitFileState.startsWith('masked');
  const disabled = masked || ['disabled', 'indirect', ''].includes(unitFileState);
  const stopped = isStopped(unit);
  const action = stopped ? undefined : actionOf(gaps);
  const movesDriver = action !== undefined && gaps.some(({ driver }) => driver);
  const words = [
    ...(masked ? ['unmasked'] : []),
    ...(disabled ? ['enabled'] : []),
    ...(stopped ? ['started'] : []),
    ...(action === undefined ? [] : [`${action}ed`]),
  ];
  if (words.length === 0) return [];
  const base: ServiceChange = {
    kind: 'service',
    id: `service:${crioUnit}`,
    target: crioUnit,
    unit: crioUnit,
    summary: words.join(', '),
    because:
      action === undefined
        ? 'Kubernetes needs its runtime from boot on'
        : [...new Set(gaps.map(({ reason }) => reason))].join('; '),
    phase: 'resume',
    disruption: action === undefined ? 'none' : disruptionOf(rowOf(action, movesDriver, cgroupDriver), joined),
    reversible: true,
    settings: [labels.service],
    before: { unitFileState, activeState },
    ...(disabled ? { enabled: true } : {}),
    ...(masked ? { masked: false } : {}),
    ...(stopped ? { active: true } : {}),
    ...(action === undefined ? {} : { action }),
  };
  return [movesDriver ? { ...base, needsNoSandboxes: true } : base];
};

const actionOf = (gaps: readonly Gap[]): 'reload' | 'restart' | undefined => {
  if (gaps.some(({ action }) => action === 'restart')) return 'restart';
  return gaps.length > 0 ? 'reload' : undefined;
};

const rowOf = (
  action: 'reload' | 'restart',
  movesDriver: boolean,
  driver: DesiredRuntime['cgroupDriver'],
): DisruptionId => {
  if (movesDriver) return 'cri-o-cgroup-driver';
  if (action === 'reload') return 'cri-o-pause-image';
  return restartRow(driver);
};
