import type { ServiceChange } from '../../changes/change.ts';
import type { Service } from '../../facts/services.ts';
import { disruptionOf } from '../disruption.ts';
import type { KubeletGap } from './in-force.ts';
import { kubeletLabels } from './labels.ts';

export const kubeletUnit = 'kubelet.service';

/** Restarted where what runs is not what is desired. One that somebody has stopped is left stopped. */
export const planKubeletService = (
  unit: Service,
  gaps: readonly KubeletGap[],
  writes: boolean,
): readonly ServiceChange[] => {
  const { unitFileState, activeState } = unit;
  const restarts = writes || gaps.length > 0;
  if (!restarts || activeState === 'inactive') return [];
  const movesDriver = gaps.some(({ driver }) => driver);
  const change: ServiceChange = {
    kind: 'service',
    id: `service:${kubeletUnit}`,
    target: kubeletUnit,
    unit: kubeletUnit,
    summary: 'restarted',
    because:
      gaps.length > 0 ? gaps.map(({ reason }) => reason).join('; ') : 'the kubelet reads its files only at its start',
    phase: 'resume',
    disruption: disruptionOf(movesDriver ? 'kubelet-cgroup-driver' : 'kubelet-settings', true),
    reversible: true,
    settings: [kubeletLabels.service],
    before: { unitFileState, activeState },
    action: 'restart',
  };
  return [movesDriver ? { ...change, needsNoSandboxes: true } : change];
};
