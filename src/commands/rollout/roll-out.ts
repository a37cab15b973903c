import { passGate } from '../../apply/rollout/gate.ts';
import { runBatches, type Stop } from '../../apply/rollout/run-batches.ts';
import { systemClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import type { HostResult } from '../../core/result.ts';
import type { RolloutSettings } from '../../core/rollout-settings.ts';
import { judgeControlPlane } from '../../plan/rollout/control-plane.ts';
import { whyNotStart } from '../../plan/rollout/may-start.ts';
import type { Batch, RolloutPlan } from '../../plan/rollout/plan-rollout.ts';
import { isOpen, windowWords } from '../../plan/rollout/window.ts';

export interface RollOutOptions {
  readonly plan: Pick<RolloutPlan, 'batches'>;
  readonly settings: RolloutSettings;
  readonly cluster: Cluster;
  readonly gather: () => Promise<ClusterFacts>;
  /** The lock of the cluster was lost. */
  readonly lost: AbortSignal;
  /** Host → name of its Node. */
  readonly nodeOf: (host: string) => string | undefined;
  readonly allowApiOutage: boolean;
  /** Works on all hosts of a batch side by side. */
  readonly work: (batch: Batch) => Promise<readonly HostResult[]>;
  readonly tell: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface RolledOut {
  readonly results: readonly HostResult[];
  readonly stopped: Stop | undefined;
  readonly notBegun: readonly string[];
}

/** Batch after batch, as long as everything that was true when it was planned still is. */
export const rollOut = (options: RollOutOptions): Promise<RolledOut> => {
  const { plan, settings, signal, tell } = options;
  return runBatches({
    batches: plan.batches,
    work: batch => avoiding(options, batch),
    isFailure: ({ state, outcome }) => state !== 'ok' || outcome === 'reverted' || outcome === 'partial',
    maxFailures: settings.maxFailures,
    mayBegin: batch => mayBegin(batch, options),
    pause: async () =>
      settings.pause === undefined ? undefined : passGate(settings.pause, { clock: systemClock, signal, tell }),
  });
};

/** While a host is changed, the way to the API must not lead over it. */
const avoiding = async ({ cluster, work }: RollOutOptions, batch: Batch): Promise<readonly HostResult[]> => {
  const lift = batch.hosts.map(host => cluster.avoid(host));
  try {
    return await work(batch);
  } finally {
    for (const again of lift) again();
  }
};

const stop = (reason: string): Stop => ({ code: 'rollout-stopped', reason, state: 'refused' });

const mayBegin = async (batch: Batch, options: RollOutOptions): Promise<Stop | undefined> => {
  const { signal, lost, settings } = options;
  if (lost.aborted) return stop('the lock of the cluster was lost to another run, or could not be renewed');
  if (signal.aborted) return { code: 'interrupted', reason: 'interrupted by the operator', state: 'skipped' };
  const { window } = settings;
  if (window !== undefined && !isOpen(window, systemClock.date())) {
    return stop(`the window for changes is closed (rollout.window: ${windowWords(window)})`);
  }
  const stopped = batch.role === 'control-plane' ? await controlPlaneStop(batch, options) : undefined;
  return stopped ?? waitForRoom(batch, options);
};

const controlPlaneStop = async (
  { hosts }: Batch,
  { cluster, gather, nodeOf, allowApiOutage }: RollOutOptions,
): Promise<Stop | undefined> => {
  if (!(await cluster.isHealthy())) return stop('the API server does not report itself ready (/readyz)');
  const facts = await gather();
  const reasons = hosts
    .flatMap(host => nodeOf(host) ?? [])
    .flatMap(node => judgeControlPlane({ node, cluster: facts, allowApiOutage }).refusals)
    .map(({ message }) => message);
  return reasons.length === 0 ? undefined : stop(reasons.join('; '));
};

const roomPollMs = 5_000;

/** Others may have gone away meanwhile: together with them no more than `maxUnavailable` are out of service. */
const waitForRoom = async (batch: Batch, options: RollOutOptions): Promise<Stop | undefined> => {
  const { settings, gather, nodeOf, signal, tell } = options;
  const names = batch.hosts.flatMap(host => nodeOf(host) ?? []);
  const end = systemClock.now() + settings.settleTimeoutMs;
  for (let asked = 1; ; asked += 1) {
    const { nodes } = await gather();
    const reason = whyNotStart({ batch: names, nodes, maxUnavailable: settings.maxUnavailable });
    if (reason === undefined || signal.aborted) return undefined;
    if (systemClock.now() >= end) return stop(reason);
    if (asked === 1) tell(`waiting: ${reason}`);
    await systemClock.sleep(roomPollMs, signal);
  }
};

/** What is told of a host that the rollout did not come to. */
export const notReached = (result: HostResult, { reason, code, state }: Stop, resume: string): HostResult => ({
  ...result,
  state,
  outcome: 'unchanged',
  error: { code, message: `not begun: ${reason}`, hint: `Go on with: ${resume}` },
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
