import type { Canary, MaxUnavailable, Pause, RolloutSettings, RolloutWindow } from '../core/rollout-settings.ts';
import { weekdays } from '../core/rollout-settings.ts';
import { defaults } from './defaults.ts';
import { durationMs } from './duration.ts';
import type { ClusterAccess, InventoryHost } from './inventory.ts';
import type { InventoryFile } from './schema.ts';

type RolloutEntry = NonNullable<InventoryFile['rollout']>;

export const resolveCluster = (file: InventoryFile, hosts: readonly InventoryHost[]): ClusterAccess | undefined => {
  const { kubeconfig, context, via } = file.cluster ?? {};
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: kubeconfig, context };
  if (via === undefined) return undefined;
  return { kind: 'via', hosts: via.flatMap(name => hosts.filter(host => host.name === name)) };
};

export const resolveRollout = (file: InventoryFile, hosts: readonly InventoryHost[]): RolloutSettings => {
  const rollout = file.rollout ?? {};
  return {
    maxUnavailable: resolveMaxUnavailable(rollout.maxUnavailable ?? defaults.rollout.maxUnavailable),
    settleTimeoutMs: milliseconds(rollout.settleTimeout ?? defaults.rollout.settleTimeout),
    drain: {
      timeoutMs: milliseconds(rollout.drain?.timeout ?? defaults.rollout.drainTimeout),
      accept: rollout.drain?.accept ?? [],
    },
    canary: resolveCanary(rollout.canary, hosts),
    pause: resolvePause(rollout.pause),
    window: resolveWindow(rollout.window),
    maxFailures: rollout.maxFailures ?? defaults.rollout.maxFailures,
    order: rollout.order ?? [],
  };
};

/** Of a text that the schema has let pass. */
const milliseconds = (duration: string): number => durationMs(duration) ?? 0;

const resolveMaxUnavailable = (value: number | string): MaxUnavailable =>
  typeof value === 'number'
    ? { kind: 'count', count: value }
    : { kind: 'percent', percent: Number.parseInt(value, 10) };

const resolveCanary = (canary: RolloutEntry['canary'], hosts: readonly InventoryHost[]): Canary | undefined => {
  if (canary === undefined) return undefined;
  if (typeof canary === 'number') return { kind: 'count', count: canary };
  const named = hosts.filter(
    ({ name, desired }) => canary.includes(name) || desired.groups.some(group => canary.includes(group)),
  );
  return { kind: 'hosts', hosts: named.map(({ name }) => name) };
};

const resolvePause = (pause: RolloutEntry['pause']): Pause | undefined => {
  if (pause?.time !== undefined) return { kind: 'time', ms: milliseconds(pause.time) };
  const timeoutMs = milliseconds(pause?.timeout ?? defaults.rollout.gateTimeout);
  if (pause?.command !== undefined) return { kind: 'command', argv: pause.command, timeoutMs };
  return pause?.http === undefined ? undefined : { kind: 'http', url: pause.http, timeoutMs };
};

const resolveWindow = (window: RolloutEntry['window']): RolloutWindow | undefined =>
  window === undefined
    ? undefined
    : {
        days: window.days ?? weekdays,
        fromMinute: minuteOfDay(window.from),
        toMinute: minuteOfDay(window.to),
        timezone: window.timezone ?? defaults.rollout.timezone,
      };

const minuteOfDay = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
};
