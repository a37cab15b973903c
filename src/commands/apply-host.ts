import type { HostRunEvent, OpenConnection } from '../apply/host-run.ts';
import type { HostPrograms, RunIdentity } from '../apply/programs.ts';
import { recoverHost } from '../apply/recover.ts';
import { type HostRun, type RoundDecision, runHost, type VerifyDecision } from '../apply/run-host.ts';
import type { Change } from '../changes/change.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Redactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import type { SavedPlan } from '../plan/plan-file.ts';
import type { HostProgress } from '../ui/progress.ts';
import type { PlanFlags } from './context.ts';
import { type Glance, lookAgain } from './look-again.ts';
import type { PlannedHost } from './plan-hosts.ts';
import { changesWithStatus, tellEnd } from './run-outcome.ts';
import { refusalBySaved } from './saved-plan.ts';
import { tellEvent } from './tell-event.ts';
import { provenBy } from './verify.ts';

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
  /** The command that settles what is left if this ends badly. */
  readonly settle: string;
}

/** A plan that still holds changes after this many rounds would never settle; package → files → restart is two. */
const mostRounds = 5;

/** Carries out one host's plan, round by round, proves the result, and tells how it ended. */
export const applyHost = async (planned: PlannedHost, options: ApplyHostOptions): Promise<HostResult> => {
  const { host } = planned;
  const onEvent = (event: HostRunEvent) => tellEvent(event, options.progress);
  const look = (round: number): Promise<Glance> =>
    lookAgain(host, { ...options, agreed: round === 1 ? undefined : options.saved?.hosts[host.name]?.later });
  const planAgain = async (): Promise<Glance> => {
    const seen = await look(1);
    const refusal = options.saved === undefined ? undefined : refusalBySaved(options.saved, { host, plan: seen.plan });
    if (refusal !== undefined) throw refusal;
    return seen;
  };

  let firstRound: readonly Change[];
  if (planned.unfinished) {
    await recoverHost({ ...options, onEvent });
    const seen = await planAgain();
    firstRound = allowed(seen.plan);
    if (firstRound.length === 0) return settledOnly(planned, seen);
  } else firstRound = allowed(planned.plan);

  let proof: Glance | undefined;
  const ended = await runHost({
    ...options,
    onEvent,
    firstRound,
    replan: async () => allowed((await planAgain()).plan),
    afterRound: async round => decideNext(round, (await look(round + 1)).plan),
    verify: async () => {
      proof = await look(mostRounds);
      return prove(planned, proof);
    },
  });
  // After a revert the host is not as it was last seen; what the report says must be what is there now.
  const isCommitted = ended.end.kind === 'settled' && ended.end.word === 'committed';
  return resultOf(planned, ended, isCommitted ? proof : await look(1).catch(() => undefined), options);
};

const allowed = ({ refusals, changes }: PlannedHost['plan']): readonly Change[] => {
  const [refusal] = refusals;
  if (refusal === undefined) return changes;
  throw new NodeprepError(refusal.code, refusal.message, refusal.hint === undefined ? {} : { hint: refusal.hint });
};

const decideNext = (round: number, plan: PlannedHost['plan']): RoundDecision => {
  const changes = allowed(plan);
  if (changes.length === 0) return { kind: 'verify' };
  if (round < mostRounds) return { kind: 'next', changes };
  const left = changes.map(({ summary }) => summary).join('; ');
  return { kind: 'revert', reason: `after ${round} rounds the plan still holds: ${left}` };
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
