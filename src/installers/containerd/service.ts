import type { ServiceChange } from '../../changes/change.ts';
import type { Service } from '../../facts/services.ts';
import { disruptionOf } from '../disruption.ts';
import type { Gap } from './in-force.ts';
import { labels } from './labels.ts';

export const containerdUnit = 'containerd.service';

/** Enabled, running, and restarted where what runs is not what is desired; nothing where all of that holds. */
export const planService = (unit: Service, gaps: readonly Gap[], joined: boolean): readonly ServiceChange[] => {
  const { unitFileState, activeState } = unit;
  const masked = unitFileState.startsWith('masked');
  const disabled = masked || ['disabled', 'indirect', ''].includes(unitFileState);
  const stopped = activeState !== 'active' && activeState !== 'reloading';
  const restarts = !stopped && gaps.length > 0;
  const movesDriver = restarts && gaps.some(({ driver }) => driver);
  const words = [
    ...(masked ? ['unmasked'] : []),
    ...(disabled ? ['enabled'] : []),
    ...(stopped ? ['started'] : []),
    ...(restarts ? ['restarted'] : []),
  ];
  if (words.length === 0) return [];
  const base: ServiceChange = {
    kind: 'service',
    id: `service:${containerdUnit}`,
    target: containerdUnit,
    unit: containerdUnit,
    summary: words.join(', '),
    because: restarts
      ? [...new Set(gaps.map(({ reason }) => reason))].join('; ')
      : 'Kubernetes needs its runtime from boot on',
    phase: 'resume',
    disruption: restarts
      ? disruptionOf(movesDriver ? 'containerd-cgroup-driver' : 'containerd-settings', joined)
      : 'none',
    reversible: true,
    settings: [labels.service],
    before: { unitFileState, activeState },
    ...(disabled ? { enabled: true } : {}),
    ...(masked ? { masked: false } : {}),
    ...(stopped ? { active: true } : {}),
    ...(restarts ? { action: 'restart' } : {}),
  };
  return [movesDriver ? { ...base, needsNoSandboxes: true } : base];
};
