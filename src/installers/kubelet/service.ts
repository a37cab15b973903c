import type { ServiceChange } from '../../changes/change.ts';
import type { Service } from '../../facts/services.ts';
import { disruptionOf } from '../disruption.ts';
import { unitRestart } from '../runtime-unit.ts';
import type { KubeletGap } from './in-force.ts';
import { kubeletLabels } from './labels.ts';

export const kubeletUnit = 'kubelet.service';

/** Restarted where what runs is not what is desired. One that somebody has stopped is left stopped. */
export const planKubeletService = (
  unit: Service,
  gaps: readonly KubeletGap[],
  writes: boolean,
): readonly ServiceChange[] => {
  const restarts = writes || gaps.length > 0;
  if (!restarts || unit.activeState === 'inactive') return [];
  const needsEmptyNode = gaps.some(gap => gap.needsEmptyNode);
  const change = unitRestart({
    unit: kubeletUnit,
    state: unit,
    because:
      gaps.length > 0 ? gaps.map(({ reason }) => reason).join('; ') : 'the kubelet reads its files only at its start',
    disruption: disruptionOf(needsEmptyNode ? 'kubelet-cgroup-driver' : 'kubelet-settings', true),
    setting: kubeletLabels.service,
  });
  return [needsEmptyNode ? { ...change, needsNoSandboxes: true } : change];
};
