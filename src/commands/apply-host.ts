import { hostname, userInfo } from 'node:os';
import type { HostRunEvent, OpenConnection } from '../apply/host-run.ts';
import type { HostPrograms } from '../apply/programs.ts';
import { type RoundDecision, runHost, type VerifyDecision } from '../apply/run-host.ts';
import type { Change } from '../changes/change.ts';
import { checks } from '../checks/index.ts';
import { judgeHost } from '../checks/judge.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Redactor } from '../core/redact.ts';
import type { Finding, HostResult } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import type { LaterSetting } from '../installers/installer.ts';
import type { HostPlan } from '../plan/host-plan.ts';
import type { HostProgress } from '../ui/progress.ts';
import { hostSummary, runtimeOf } from './describe-host.ts';
import { observe } from './observe.ts';
import { planFacts } from './plan-facts.ts';
import { type PlannedHost, planOf } from './plan-hosts.ts';
import type { PlanFlags } from './program.ts';
import { changesWithStatus, tellEnd } from './run-outcome.ts';
import { tellEvent } from './tell-event.ts';
import { provenBy } from './verify.ts';

export interface ApplyHostOptions {
  readonly open: OpenConnection;
  readonly programs: HostPrograms;
  readonly runId: string;
  readonly flags: PlanFlags;
  readonly today: string;
  readonly redact: Redactor;
  readonly progress: HostProgress;
  readonly signal: AbortSignal;
  /** What a saved plan lets later rounds do; undefined = no saved plan. */
  readonly agreed: readonly LaterSetting[] | undefined;
}

/** A plan that still holds changes after this many rounds would never settle; package → files → restart is two. */
const mostRounds = 5;

/** `ops@ci-7`, named to others who find the lock. */
export const holderName = (): string => `${userInfo().username}@${hostname()}`;

/** Carries out one host's plan, round by round, proves the result, and tells how it ended. */
export const applyHost = async (planned: PlannedHost, options: ApplyHostOptions): Promise<HostResult> => {
  const { host } = planned;
  let last: { facts: ObservedFacts; findings: readonly Finding[]; plan: HostPlan } | undefined;
  // A step that is at work must be followed to its end, so what is read in between ignores the operator's signal.
  const look = async (round: number) => {
    const { facts } = await observe(await options.open(), planFacts, new AbortController().signal);
    const plan = planOf(facts, host, options.flags, options.redact, round === 1 ? undefined : options.agreed);
    last = { facts, plan, findings: judgeHost(checks, facts, host.desired, options.today) };
    return last;
  };
  const allowed = (plan: HostPlan): readonly Change[] => {
    const [refusal] = plan.refusals;
    if (refusal !== undefined) throw new NodeprepError(refusal.code, refusal.message);
    return plan.changes;
  };
  const afterRound = async (round: number): Promise<RoundDecision> => {
    const { plan } = await look(round + 1);
    const changes = allowed(plan);
    if (changes.length === 0) return { kind: 'verify' };
    if (round < mostRounds) return { kind: 'next', changes };
    return {
      kind: 'revert',
      reason: `after ${round} rounds the plan still holds: ${changes.map(({ summary }) => summary).join('; ')}`,
    };
  };
  const verify = async (): Promise<VerifyDecision> => {
    const seen = await look(mostRounds);
    return provenBy({
      before: planned.findings,
      after: seen.findings,
      plan: seen.plan,
      desired: host.desired,
      facts: seen.facts,
    });
  };
  const ended = await runHost({
    open: options.open,
    programs: options.programs,
    identity: { runId: options.runId, holder: holderName() },
    firstRound: allowed(planned.plan),
    replan: async () => allowed((await look(1)).plan),
    afterRound,
    verify,
    onEvent: (event: HostRunEvent) => tellEvent(event, options.progress),
    signal: options.signal,
  });
  const committed = ended.end.kind === 'settled' && ended.end.word === 'committed';
  // After a revert the host is not as it was last seen; what the report says must be what is there now.
  if (!committed) await look(1).catch(() => undefined);
  const facts = last?.facts;
  const runtime = facts === undefined ? undefined : runtimeOf(facts, host.desired);
  return {
    host: host.name,
    address: host.address,
    ...tellEnd({ ...ended, runId: options.runId }),
    findings: last?.findings ?? planned.findings,
    changes: changesWithStatus(ended.manifests, ended.progress),
    ...(facts === undefined ? {} : { summary: hostSummary(facts) }),
    ...(runtime === undefined ? {} : { runtime }),
  };
};
