import { setTimeout as delay } from 'node:timers/promises';
import type { OpenConnection } from '../apply/host-run.ts';
import { checks } from '../checks/index.ts';
import { judgeHost } from '../checks/judge.ts';
import type { Connection } from '../connect/connection.ts';
import { NodeprepError } from '../core/errors.ts';
import { known } from '../core/observed.ts';
import type { Redactor } from '../core/redact.ts';
import type { Finding, HostResult } from '../core/result.ts';
import type { FactId, ObservedFacts } from '../facts/index.ts';
import type { LaterSetting } from '../installers/installer.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import type { HostPlan } from '../plan/host-plan.ts';
import type { PlanFlags } from './context.ts';
import { describeHost } from './describe-host.ts';
import { observe } from './observe.ts';
import { planFacts } from './plan-facts.ts';
import { planOf } from './plan-hosts.ts';

export interface LookOptions {
  readonly open: OpenConnection;
  readonly identity: { readonly runId: string };
  readonly flags: PlanFlags;
  readonly today: string;
  readonly redact: Redactor;
  /** What a saved plan lets this round do; undefined = anything. */
  readonly agreed: readonly LaterSetting[] | undefined;
}

/** A host as it is now, judged and planned. */
export interface Glance {
  readonly facts: ObservedFacts;
  readonly findings: readonly Finding[];
  readonly plan: HostPlan;
  readonly described: Pick<HostResult, 'summary' | 'runtime'>;
}

/** Gathers again in the middle of a run of ours. */
export const lookAgain = async (host: InventoryHost, options: LookOptions): Promise<Glance> => {
  const facts = withoutRun(await observeSurely(options.open, planFacts), options.identity.runId);
  return {
    facts,
    findings: judgeHost(checks, facts, host.desired, options.today),
    plan: planOf(facts, host, options.flags, options.redact, options.agreed),
    described: describeHost(facts, host.desired),
  };
};

/** Our own run is at work while we look; that is no finding. */
const withoutRun = (facts: ObservedFacts, runId: string): ObservedFacts => {
  if (!facts.runs.known) return facts;
  const { runs, lock, ...rest } = facts.runs.value;
  const others = runs.filter(run => run.runId !== runId);
  const held = lock?.runId === runId ? undefined : lock;
  return { ...facts, runs: known({ ...rest, runs: others, lock: held, atWork: runId }) };
};

/** Milliseconds between attempts; together much less than a hold waits for its answer. */
const patienceMs = [0, 500, 1_000, 2_000, 4_000, 8_000] as const;

/**
 * A run that is at work must be followed to its end, so this ignores the operator's signal; and a connection that was lost
 * says nothing about the host, so another one is opened, as often as somebody would wait for.
 */
export const surely = async <T>(
  open: OpenConnection,
  work: (connection: Connection) => Promise<T>,
  delaysMs: readonly number[] = patienceMs,
): Promise<T> => {
  let connection: Connection | undefined;
  const attempt = async (): Promise<T> => {
    connection = await open(connection);
    return work(connection);
  };
  for (const delayMs of delaysMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NodeprepError) || !lostCodes.has(error.code)) throw error;
      await delay(delayMs);
    }
  }
  return attempt();
};

export const observeSurely = (
  open: OpenConnection,
  ids: readonly FactId[],
  delaysMs?: readonly number[],
): Promise<ObservedFacts> =>
  surely(
    open,
    async connection => {
      const { facts } = await observe(connection, ids, new AbortController().signal);
      if (isSilent(facts)) await mustStand(connection);
      return facts;
    },
    delaysMs,
  );

/** Asking a runtime never fails; whether it was silent or the connection gone shows only in the connection. */
const isSilent = ({ cri }: ObservedFacts): boolean =>
  cri.known && Object.values(cri.value).some(({ answered }) => !answered);

/** Throws where the connection is lost. */
export const mustStand = async (connection: Connection): Promise<void> => {
  const session = await connection.start('exit\n', { as: 'best' });
  session.endInput();
  await session.exit;
};

const lostCodes: ReadonlySet<string> = new Set(['connect-failed', 'connect-refused', 'connect-timeout', 'no-answer']);
