import type { RolloutSettings } from '../../core/rollout-settings.ts';
import type { BatchReason } from './plan-rollout.ts';
import { isBroken, type RolloutHost } from './rollout-host.ts';

/** Hosts of one rank may share a batch. */
export interface PlacedHost {
  readonly host: RolloutHost;
  readonly reason: BatchReason;
  readonly rank: number;
}

/** Broken, canary, groups in their order, workers, control planes, restarts; then as in the inventory. */
export const inOrder = (
  hosts: readonly RolloutHost[],
  { canary, order }: Pick<RolloutSettings, 'canary' | 'order'>,
): readonly PlacedHost[] => {
  const sorted = hosts
    .map(host => ({ host, key: keyOf(host, order) }))
    .toSorted((left, right) => compare(left.key, right.key));
  const healthy = sorted.filter(({ host }) => !isBroken(host)).map(({ host }) => host.host);
  const canaries = new Set(canary?.kind === 'count' ? healthy.slice(0, canary.count) : (canary?.hosts ?? []));
  const placed = sorted.map(({ host, key: [, group = 0, role = 0, kind = 0] }) => ({
    host,
    reason: reasonOf(host, canaries.has(host.host)),
    rank: (group * 2 + role) * 2 + kind,
  }));
  return [
    ...placed.filter(({ reason }) => reason === 'broken'),
    ...placed.filter(({ reason }) => reason === 'canary'),
    ...placed.filter(({ reason }) => reason !== 'broken' && reason !== 'canary'),
  ];
};

const keyOf = (host: RolloutHost, order: readonly string[]): readonly number[] => {
  const positions = host.groups.map(group => order.indexOf(group)).filter(position => position !== -1);
  return [
    isBroken(host) ? 0 : 1,
    positions.length === 0 ? order.length : Math.min(...positions),
    host.role === 'worker' ? 0 : 1,
    host.disruption === 'restart' ? 0 : 1,
  ];
};

const compare = (left: readonly number[], right: readonly number[]): number => {
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

const reasonOf = (host: RolloutHost, isCanary: boolean): BatchReason => {
  if (isBroken(host)) return 'broken';
  if (isCanary) return 'canary';
  return host.role === 'worker' ? 'workers' : 'control-plane';
};
