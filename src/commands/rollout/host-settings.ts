import { defaultHostSettings, type HostSettings } from '../../apply/programs.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';

/** Beyond what the control side itself waits for, so that it is never the host that gives up first. */
const spareSeconds = 300;

/** How long a host waits at its holds: a drain may take as long as the inventory says, and a kubelet its time to report. */
export const hostSettingsFor = (settings: Pick<RolloutSettings, 'drain'> | undefined): HostSettings =>
  settings === undefined
    ? defaultHostSettings
    : {
        ...defaultHostSettings,
        drainedSeconds: Math.ceil(settings.drain.timeoutMs / 1_000) + spareSeconds,
        holdSeconds: defaultHostSettings.holdSeconds + spareSeconds,
      };
