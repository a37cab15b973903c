import type { ServiceChange } from '../../changes/change.ts';
import type { Service } from '../../facts/services.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import { labels } from './labels.ts';

export interface UnitWish {
  readonly unit: string;
  readonly state: Service;
  /** Why what runs is not what is desired; [] = no restart. */
  readonly reasons: readonly string[];
  readonly disruption: DisruptionId;
  readonly movesDriver: boolean;
  readonly joined: boolean;
}

/** Enabled, running, and restarted where what runs is not what is desired; nothing where all of that holds. */
export const planUnit = ({
  unit,
  state,
  reasons,
  disruption,
  movesDriver,
  joined,
}: UnitWish): readonly ServiceChange[] => {
  const { unitFileState, activeState } = state;
  const masked = unitFileState.startsWith('masked');
  const disabled = masked || ['disabled', 'indirect', ''].includes(unitFileState);
  const stopped = activeState !== 'active' && activeState !== 'reloading';
  const restarts = !stopped && reasons.length > 0;
  const words = [
    ...(masked ? ['unmasked'] : []),
    ...(disabled ? ['enabled'] : []),
    ...(stopped ? ['started'] : []),
    ...(restarts ? ['restarted'] : []),
  ];
  if (words.length === 0) return [];
  const change: ServiceChange = {
    kind: 'service',
    id: `service:${unit}`,
    target: unit,
    unit,
    summary: words.join(', '),
    because: restarts ? [...new Set(reasons)].join('; ') : 'Kubernetes needs its runtime from boot on',
    phase: 'resume',
    disruption: restarts ? disruptionOf(disruption, joined) : 'none',
    reversible: true,
    settings: [labels.service],
    before: { unitFileState, activeState },
    ...(disabled ? { enabled: true } : {}),
    ...(masked ? { masked: false } : {}),
    ...(stopped ? { active: true } : {}),
    ...(restarts ? { action: 'restart' } : {}),
  };
  return [movesDriver && restarts ? { ...change, needsNoSandboxes: true } : change];
};
