import { interruption } from '../../apply/interruption.ts';
import { passGate } from '../../apply/rollout/gate.ts';
import { runBatches, type Stop } from '../../apply/rollout/run-batches.ts';
import { isAway } from '../../cluster/away.ts';
import { systemClock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterFacts } from '../../cluster/cluster-facts.ts';
import { NodeprepError } from '../../core/errors.ts';
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
  const { plan, settings, signal, tell, work } = options;
  return runBatches({
    batches: plan.batches,
    work: batch => avoiding(options, batch, () => work(batch)),
    isFailure: ({ state, outcome }) => state !== 'ok' || outcome === 'reverted' || outcome === 'partial',
    maxFailures: settings.maxFailures,
    mayBegin: batch => mayBegin(batch, options),
    pause: async () =>
      settings.pause === undefined ? undefined : passGate(settings.pause, { clock: systemClock, signal, tell }),
  });
};

/** While a host is changed, and before it is, the way to the API must not lead over it. */
const avoiding = async <T>(
  { cluster }: Pick<RollOutOptions, 'cluster'>,
  { hosts }: Pick<Batch, 'hosts'>,
  work: () => Promise<T>,
): Promise<T> => {
  const lift = hosts.map(host => cluster.avoid(host));
  try {
    return await work();
  } finally {
    for (const again of lift) again();
  }
};

const stop = (reason: string): Stop => ({ code: 'rollout-stopped', reason, state: 'refused' });

const mayBegin = async (batch: Batch, options: RollOutOptions): Promise<Stop | undefined> => {
  const { window } = options.settings;
  const halted = haltedBy(options);
  if (halted !== undefined) return halted;
  if (window !== undefined && !isOpen(window, systemClock.date())) {
    return stop(`the window for changes is closed (rollout.window: ${windowWords(window)})`);
  }
  return avoiding(options, batch, () => waitUntil(() => whyNotYet(batch, options), options));
};

const haltedBy = ({ lost, signal }: Pick<RollOutOptions, 'lost' | 'signal'>): Stop | undefined => {
  if (lost.aborted) return stop(interruption(lost).reason);
  return signal.aborted ? { code: 'interrupted', reason: 'interrupted by the operator', state: 'skipped' } : undefined;
};

/** Members of etcd, API servers and other nodes may need a moment to be back after the last batch. */
const whyNotYet = async (batch: Batch, options: RollOutOptions): Promise<string | undefined> => {
  const controlPlane = batch.role === 'control-plane' ? await controlPlaneProblem(batch, options) : undefined;
  return controlPlane ?? roomProblem(batch, options);
};

const controlPlaneProblem = async (
  { hosts }: Batch,
  { cluster, gather, nodeOf, allowApiOutage }: RollOutOptions,
): Promise<string | undefined> => {
  if (!(await cluster.isHealthy())) return 'the API server does not report itself ready (/readyz)';
  const facts = await gather();
  const reasons = hosts
    .flatMap(host => nodeOf(host) ?? [])
    .flatMap(node => judgeControlPlane({ node, cluster: facts, allowApiOutage }).refusals)
    .map(({ message }) => message);
  return reasons.length === 0 ? undefined : reasons.join('; ');
};

/** Others may have gone away meanwhile: together with them no more than `maxUnavailable` are out of service. */
const roomProblem = async (
  { hosts }: Batch,
  { settings, cluster, nodeOf }: RollOutOptions,
): Promise<string | undefined> => {
  // In a large cluster all its pods would be pages upon pages, before every batch.
  const nodes = await cluster.nodes();
  const names = hosts.flatMap(host => nodeOf(host) ?? []);
  return whyNotStart({ batch: names, nodes, maxUnavailable: settings.maxUnavailable });
};

const pollMs = 5_000;

const waitUntil = async (
  problem: () => Promise<string | undefined>,
  { settings, signal, lost, tell }: RollOutOptions,
): Promise<Stop | undefined> => {
  const end = systemClock.now() + settings.settleTimeoutMs;
  for (let asked = 1; ; asked += 1) {
    const reason = await problem().catch(unreachable);
    const halted = haltedBy({ lost, signal });
    if (reason === undefined || halted !== undefined) return halted;
    if (systemClock.now() >= end) return stop(reason);
    if (asked === 1) tell(`waiting: ${reason}`);
    await systemClock.sleep(pollMs, signal);
  }
};

/** An API server that has just started denies what it will allow; the rights themselves were asked for before the first node. */
const unreachable = (error: unknown): string => {
  if (isAway(error) || (error instanceof NodeprepError && error.code === 'cluster-denied')) return error.message;
  throw error;
};

/** What is told of a host that the rollout did not come to. */
export const notReached = (result: HostResult, { reason, code, state }: Stop, resume: string): HostResult => ({
  ...result,
  state,
  outcome: 'unchanged',
  error: { code, message: `not begun: ${reason}`, hint: `Go on with: ${resume}` },
  changes: result.changes.map(change => ({ ...change, status: 'not-run' as const })),
});
