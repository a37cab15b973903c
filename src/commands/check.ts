import { randomBytes } from 'node:crypto';
import { checks, fleetChecks } from '../checks/index.ts';
import { type JudgedHost, judgeFleet, judgeHost } from '../checks/judge.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import type { FactId, ObservedFacts } from '../facts/index.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { alwaysResult, type CommandToTell, type Telling } from './always-result.ts';
import { checkFacts } from './check-facts.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { describeHost } from './describe-host.ts';
import type { Observation } from './observe.ts';
import { prepareRecordings, saveRecording } from './recordings.ts';
import { newRunId, printRun, toRun } from './run-result.ts';
import { type Targets, targetsOrRecordings } from './targets.ts';
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
  const { hosts } = targets.inventory;
  const about = { command: 'check', runId: newRunId(startedAt), startedAt } as const;
  return alwaysResult({ ...about, hosts, options, context }, telling => checkTargets(targets, about, options, telling));
};

const checkTargets = async (
  targets: Targets,
  about: Pick<CommandToTell, 'command' | 'runId' | 'startedAt'>,
  options: CheckOptions,
  { context }: Telling,
): Promise<number> => {
  if (options.record !== undefined) prepareRecordings(options.record);
  const redact = createRedactor(randomBytes(32));
  const today = about.startedAt.toISOString().slice(0, 10);
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
  const inOrder = new Map(hosts.flatMap(({ host }) => entryOf(forFleet, host)));
  const fleet = judgeFleet(fleetChecks, inOrder, today);
  const run = toRun({ ...about, hosts, fleet }, context, options);
  return printRun(run, options, targets.name, context);
};

/** Hosts answer in any order; findings about several of them name them in that of the inventory. */
const entryOf = (judgedHosts: ReadonlyMap<string, JudgedHost>, name: string) => {
  const found = judgedHosts.get(name);
  return found === undefined ? [] : [[name, found] as const];
};

const judged = (host: InventoryHost, { facts }: Observation, today: string): HostResult => ({
  host: host.name,
  address: host.address,
  state: 'ok',
  findings: judgeHost(checks, facts, host.desired, today),
  changes: [],
  ...describeHost(facts, host.desired),
});

/** What is kept of a host until all have answered, so that memory stays flat per host. */
const onlyFleetFacts = (facts: ObservedFacts): ObservedFacts => {
  const dropped = { known: false, reason: 'not kept' } as const;
  const entries = Object.entries(facts).map(([id, value]) => [id, fleetFacts.has(id as FactId) ? value : dropped]);
  return Object.fromEntries(entries) as ObservedFacts;
};
