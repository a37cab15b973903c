import type { ServiceChange } from '../changes/change.ts';
import type { Disruption } from '../core/result.ts';
import type { Service } from '../facts/services.ts';

/** What runs and is not as desired, or cannot be told (design 3.4). */
export interface UnitGap {
  readonly reason: string;
  /** It moves the cgroup driver, which no sandbox may see. */
  readonly driver: boolean;
  /** Default: restart. */
  readonly action?: 'reload' | 'restart';
}

export interface RuntimeUnit {
  readonly unit: string;
  readonly state: Service;
  readonly gaps: readonly UnitGap[];
  disruptionOf(action: 'reload' | 'restart', movesDriver: boolean): Disruption;
}

/** In plans; an agreed plan binds later rounds to it. */
export const unitLabel = 'enabled, running with these settings';

/** Enabled, running, and reloaded or restarted where what runs is not what is desired; nothing where all of that holds. */
export const planRuntimeUnit = ({ unit, state, gaps, disruptionOf }: RuntimeUnit): readonly ServiceChange[] => {
  const { unitFileState, activeState } = state;
  const masked = unitFileState.startsWith('masked');
  const disabled = masked || ['disabled', 'indirect', ''].includes(unitFileState);
  const stopped = activeState !== 'active' && activeState !== 'reloading';
  const action = stopped ? undefined : actionOf(gaps);
  const movesDriver = action !== undefined && gaps.some(({ driver }) => driver);
  const words = [
    ...(masked ? ['unmasked'] : []),
    ...(disabled ? ['enabled'] : []),
    ...(stopped ? ['started'] : []),
    ...(action === undefined ? [] : [`${action}ed`]),
  ];
  if (words.length === 0) return [];
  const change: ServiceChange = {
    kind: 'service',
    id: `service:${unit}`,
    target: unit,
    unit,
    summary: words.join(', '),
    because:
      action === undefined
        ? 'Kubernetes needs its runtime from boot on'
        : [...new Set(gaps.map(({ reason }) => reason))].join('; '),
    phase: 'resume',
    disruption: action === undefined ? 'none' : disruptionOf(action, movesDriver),
    reversible: true,
    settings: [unitLabel],
    before: { unitFileState, activeState },
    ...(disabled ? { enabled: true } : {}),
    ...(masked ? { masked: false } : {}),
    ...(stopped ? { active: true } : {}),
    ...(action === undefined ? {} : { action }),
  };
  return [movesDriver ? { ...change, needsNoSandboxes: true } : change];
};

export interface UnitRestart extends Pick<ServiceChange, 'unit' | 'because' | 'disruption'> {
  readonly state: Pick<Service, 'unitFileState' | 'activeState'>;
  /** What an agreed plan binds later rounds to. */
  readonly setting: string;
}

/** A unit that runs, and does not do yet what its files say. */
export const unitRestart = ({ unit, state, because, disruption, setting }: UnitRestart): ServiceChange => ({
  kind: 'service',
  id: `service:${unit}`,
  target: unit,
  unit,
  summary: 'restarted',
  because,
  phase: 'resume',
  disruption,
  reversible: true,
  settings: [setting],
  before: { unitFileState: state.unitFileState, activeState: state.activeState },
  action: 'restart',
});

const actionOf = (gaps: readonly UnitGap[]): 'reload' | 'restart' | undefined => {
  if (gaps.length === 0) return undefined;
  return gaps.every(({ action }) => action === 'reload') ? 'reload' : 'restart';
};
