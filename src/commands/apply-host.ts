import type { HostRunEvent, OpenConnection } from '../apply/host-run.ts';
import type { HostPrograms, RunIdentity } from '../apply/programs.ts';
import { recoverHost } from '../apply/recover.ts';
import type { HostEnd, NodeEnd } from '../apply/rollout/node-progress.ts';
import type { NodeRollout } from '../apply/rollout/node-rollout.ts';
import { type HostRun, runHost, type VerifyDecision } from '../apply/run-host.ts';
import type { Change } from '../changes/change.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Redactor } from '../core/redact.ts';
import type { Finding, HostResult } from '../core/result.ts';
import type { SavedPlan } from '../plan/plan-file.ts';
import type { HostProgress } from '../ui/progress.ts';
import type { PlanFlags } from './context.ts';
import { failedHost } from './host-failure.ts';
import { type Glance, lookAgain } from './look-again.ts';
import { mostRounds, nextRound } from './next-round.ts';
import type { PlannedHost } from './plan-hosts.ts';
import { proveBySandbox } from './prove-sandbox.ts';
import { changesWithStatus, tellEnd } from './run-outcome.ts';
import { refusalBySaved } from './saved-plan.ts';
import type { UseStaged } from './staging/use-staged.ts';
import { tellEvent } from './tell-event.ts';
import { provenBy } from './verify.ts';
import { watchRuntime } from './watch-runtime.ts';

export interface ApplyHostOptions {
  readonly open: OpenConnection;
  readonly programs: HostPrograms;
  readonly identity: RunIdentity;
  readonly flags: PlanFlags;
  readonly today: string;
  readonly redact: Redactor;
  readonly progress: HostProgress;
  readonly signal: AbortSignal;
  /** What the operator agreed to before; undefined = what was just planned. */
  readonly saved: SavedPlan | undefined;
  /** The run takes its packages from what is staged, and fetches nothing. */
  readonly staged?: UseStaged | undefined;
  /** The command that settles what is left if this ends badly. */
  readonly settle: string;
  /** The Node of this host, where it is brought through a rollout. */
  readonly node?: NodeWork | undefined;
}

export interface NodeWork {
  readonly rollout: NodeRollout;
  /** The node is cordoned by a run of ours that has ended or died. */
  readonly marked: boolean;
}

/** Carries out one host's plan, round by round, proves the result, and tells how it ended. */
export const applyHost = async (planned: PlannedHost, options: ApplyHostOptions): Promise<HostResult> => {
  try {
    return await changeHost(planned, options);
  } catch (error) {
    if (options.node?.rollout.isCordoned() !== true) throw error;
    return withNode(failedHost(planned.host, error), 'unknown', undefined, options);
  }
};

const changeHost = async (planned: PlannedHost, options: ApplyHostOptions): Promise<HostResult> => {
  const { host } = planned;
  const onEvent = (event: HostRunEvent) => tellEvent(event, options.progress);
  const look = (round: number): Promise<Glance> =>
    lookAgain(host, { ...options, agreed: round === 1 ? undefined : options.saved?.hosts[host.name]?.later });
  const ready = (plan: PlannedHost['plan']) => options.staged?.ready(plan) ?? plan;
  const planAgain = async (): Promise<Glance> => {
    const seen = await look(1);
    const refusal = options.saved === undefined ? undefined : refusalBySaved(options.saved, { host, plan: seen.plan });
    if (refusal !== undefined) throw refusal;
    return { ...seen, plan: ready(seen.plan) };
  };

  let firstRound: readonly Change[];
  if (planned.unfinished || options.node?.marked === true) {
    if (options.node?.marked === true) options.node.rollout.adopt();
    await recoverHost({ ...options, onEvent });
    const seen = await planAgain();
    firstRound = allowed(seen.plan);
    if (firstRound.length === 0) return withNode(settledOnly(planned, seen), 'reverted', seen, options);
  } else firstRound = allowed(ready(planned.plan));

  const decide = nextRound();
  let proof: Glance | undefined;
  const ended = await runHost({
    ...options,
    onEvent,
    allowIrreversible: options.flags.allowIrreversible,
    firstRound,
    staged: options.staged?.seal,
    supply: planned.supply,
    replan: async () => allowed((await planAgain()).plan),
    afterRound: async round => decide(round, allowed((await look(round + 1)).plan)),
    verify: async () => {
      // A kubelet makes its cgroup root after it has started: what is in force shows once it has spoken.
      const notReady = await options.node?.rollout.ready();
      if (notReady !== undefined) return { ok: false, reason: notReady };
      proof = await look(mostRounds);
      const decision = prove(planned, proof);
      if (!decision.ok) return decision;
      const staysUp = watchRuntime(proof, host.desired, options.open);
      const proved = await proveBySandbox(proof, host.desired, options);
      proof = proved.seen;
      return proved.decision.ok ? staysUp() : proved.decision;
    },
    ...(options.node === undefined ? {} : { holds: options.node.rollout.holds }),
  });
  // After a revert the host is not as it was last seen; what the report says must be what is there now.
  const isCommitted = ended.end.kind === 'settled' && ended.end.word === 'committed';
  const isLost = ended.end.kind === 'lost';
  const seen = isCommitted || isLost ? proof : await look(1).catch(() => undefined);
  return withNode(resultOf(planned, ended, seen, options), hostEndOf(ended), seen, options);
};

const hostEndOf = ({ end }: HostRun): HostEnd => {
  if (end.kind !== 'settled') return 'unknown';
  return end.word === 'rolled-back' || end.word === 'reset' ? 'reverted' : end.word;
};

/** The node is brought back, or left and named; what is wrong there is this host's error, unless it has one of its own. */
export const withNode = async (
  result: HostResult,
  end: HostEnd,
  seen: Glance | undefined,
  { node }: Pick<ApplyHostOptions, 'node'>,
): Promise<HostResult> => {
  if (node === undefined) return result;
  const ended = await node.rollout.finish(end, seen !== undefined && driversAgree(seen.findings));
  return joinNode(result, ended);
};

export const driversAgree = (findings: readonly Finding[]): boolean =>
  findings.some(({ check, status }) => check === 'kubelet-cgroup-driver' && status === 'pass');

/** Not the opposite: what cannot be told is neither. */
export const driversDisagree = (findings: readonly Finding[]): boolean =>
  findings.some(({ check, status }) => check === 'kubelet-cgroup-driver' && status === 'fail');

/** An error of the node is told after the host's own; either makes the host failed. */
export const joinNode = (result: HostResult, { node, error }: NodeEnd): HostResult => {
  const joined = { ...result, ...(node === undefined ? {} : { node }) };
  if (error === undefined) return joined;
  const own = result.error;
  if (own === undefined) return { ...joined, state: 'failed', error };
  const hint = [own.hint, error.hint].filter(text => text !== undefined).join('\n');
  const told = { code: own.code, message: `${own.message}\n${error.message}`, ...(hint === '' ? {} : { hint }) };
  return { ...joined, state: result.state === 'refused' ? 'failed' : result.state, error: told };
};

const allowed = ({ refusals, changes }: PlannedHost['plan']): readonly Change[] => {
  const [refusal] = refusals;
  if (refusal === undefined) return changes;
  throw new NodeprepError(refusal.code, refusal.message, refusal.hint === undefined ? {} : { hint: refusal.hint });
};

const prove = ({ host, findings }: PlannedHost, seen: Glance): VerifyDecision =>
  provenBy({ before: findings, after: seen.findings, plan: seen.plan, desired: host.desired, facts: seen.facts });

const resultOf = (
  planned: PlannedHost,
  ended: HostRun,
  seen: Glance | undefined,
  { identity, settle }: ApplyHostOptions,
): HostResult => ({
  host: planned.host.name,
  address: planned.host.address,
  ...tellEnd({ ...ended, runId: identity.runId, settle }),
  ...(seen?.described ?? {}),
  findings: seen?.findings ?? planned.findings,
  changes: changesWithStatus(ended.manifests, ended.progress),
});

/** The interrupted run was all that stood between the host and its inventory. */
const settledOnly = ({ host }: PlannedHost, seen: Glance): HostResult => ({
  host: host.name,
  address: host.address,
  state: 'ok',
  outcome: 'changed',
  ...seen.described,
  findings: seen.findings,
  changes: [],
});
