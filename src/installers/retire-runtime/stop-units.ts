import type { ServiceChange } from '../../changes/change.ts';
import { disruptionOf } from '../disruption.ts';
import { isInUse, type Seen } from './retirement.ts';

export const stoppedLabel = 'stopped and disabled';

/**
 * In this order, so that a socket goes before the service that it would start again. Disabled, not masked: nothing starts them by itself
 * then, not an upgrade of their package either, and whoever wants them back says so with systemctl alone.
 */
export const stopUnits = (
  seen: Pick<Seen, 'services' | 'joined'>,
  units: readonly string[],
  because: string,
): readonly ServiceChange[] =>
  units
    .filter(unit => isInUse(seen, unit))
    .flatMap(unit => {
      const state = seen.services[unit];
      if (state === undefined) return [];
      const { unitFileState, activeState } = state;
      const isEnabled = unitFileState.startsWith('enabled');
      return {
        kind: 'service',
        id: `service:${unit}`,
        target: unit,
        unit,
        summary: isEnabled ? stoppedLabel : 'stopped',
        because,
        phase: 'switch',
        disruption: disruptionOf('runtime-retired', seen.joined),
        reversible: true,
        needsNoSandboxes: true,
        settings: [stoppedLabel],
        before: { unitFileState, activeState },
        active: false,
        ...(isEnabled ? { enabled: false } : {}),
      };
    });
