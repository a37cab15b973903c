import { randomBytes } from 'node:crypto';
import { checks, fleetChecks } from '../checks/index.ts';
import { type JudgedHost, judgeFleet, judgeHost } from '../checks/judge.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import type { FactId, ObservedFacts } from '../facts/index.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { checkFacts } from './check-facts.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { hostSummary, runtimeOf } from './describe-host.ts';
import type { Observation } from './observe.ts';
import { saveRecording } from './recordings.ts';
import { newRunId, printRun, toRun } from './run-result.ts';
import { targetsOrRecordings } from './targets.ts';
import { visitHosts } from './visit.ts';

export interface CheckOptions extends CommonOptions {
  readonly strict: boolean;
  readonly record?: string;
}

const fleetFacts = new Set(fleetChecks.flatMap(({ needs }) => needs));

/** inventory → connect → facts → checks → report. Never changes a host. */
export const runCheck = async (
  words: readonly string[],
  options: CheckOptions,
  context: CommandContext,
): Promise<number> => {
  const startedAt = new Date();
  const targets = await targetsOrRecordings(words, options.limit);
  const redact = createRedactor(randomBytes(32));
  const today = startedAt.toISOString().slice(0, 10);
  const forFleet = new Map<string, JudgedHost>();
  const hosts = await visitHosts(
    targets.inventory.hosts,
    {
      factIds: checkFacts,
      detail: 'count',
      options,
      context,
      open: targets.open,
    },
    visit => {
      if (options.record !== undefined) saveRecording(options.record, visit.host, visit.observation, redact);
      forFleet.set(visit.host.name, { facts: onlyFleetFacts(visit.observation.facts), desired: visit.host.desired });
      return judged(visit.host, visit.observation, today);
    },
  );
  const fleet = judgeFleet(fleetChecks, forFleet, today);
  const run = toRun({ command: 'check', runId: newRunId(startedAt), startedAt, hosts, fleet }, context, options);
  return printRun(run, options, targets.name, context);
};

const judged = (host: InventoryHost, { facts }: Observation, today: string): HostResult => {
  const runtime = runtimeOf(facts, host.desired);
  return {
    host: host.name,
    address: host.address,
    state: 'ok',
    findings: judgeHost(checks, facts, host.desired, today),
    changes: [],
    summary: hostSummary(facts),
    ...(runtime === undefined ? {} : { runtime }),
  };
};

/** What is kept of a host until all have answered, so that memory stays flat per host. */
const onlyFleetFacts = (facts: ObservedFacts): ObservedFacts => {
  const dropped = { known: false, reason: 'not kept' } as const;
  const entries = Object.entries(facts).map(([id, value]) => [id, fleetFacts.has(id as FactId) ? value : dropped]);
  return Object.fromEntries(entries) as ObservedFacts;
};
