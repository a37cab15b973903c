import { randomBytes } from 'node:crypto';
import { escapeLine, escapeText } from '../core/escape.ts';
import { exitCodeOf, exitCodes } from '../core/exit-code.ts';
import { type Observed, unknown } from '../core/observed.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import { compileFacts } from '../facts/compile.ts';
import type { FactId } from '../facts/index.ts';
import { chooseFacts, facts as factTable } from '../facts/registry.ts';
import { jsonText } from '../report/json.ts';
import { checkFacts } from './check-facts.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { prepareRecordings, saveRecording } from './recordings.ts';
import { targetsOrRecordings } from './targets.ts';
import { visitHosts } from './visit.ts';

export interface FactsOptions extends CommonOptions {
  readonly record?: string;
  readonly program: boolean;
}

/** Every fact, the dear ones too. */
const allFacts: readonly FactId[] = [...(Object.keys(factTable) as FactId[]), 'cri'];

/** Prints what hosts say, with secrets masked. Never changes a host. */
export const runFacts = async (
  words: readonly string[],
  options: FactsOptions,
  context: CommandContext,
): Promise<number> => {
  if (options.program) {
    context.stdout(checkProgram());
    return exitCodes.fine;
  }
  if (options.record !== undefined) prepareRecordings(options.record);
  const startedAt = new Date().toISOString();
  const redact = createRedactor(randomBytes(32));
  const targets = await targetsOrRecordings(words, options.limit);
  const observed = new Map<string, Readonly<Record<string, Observed<unknown>>>>();
  const visit = { factIds: allFacts, detail: 'count', options, context, open: targets.open } as const;
  const results = await visitHosts(targets.inventory.hosts, visit, ({ host, observation }) => {
    if (options.record !== undefined) saveRecording(options.record, host, observation, redact);
    observed.set(host.name, redact.value(observation.facts));
    return { host: host.name, address: host.address, state: 'ok', findings: [], changes: [] };
  });
  const hosts = Object.fromEntries(results.map(result => [result.host, observed.get(result.host) ?? untold(result)]));
  context.stdout(jsonText({ schemaVersion: 1, hosts }, options.output === 'json' ? 0 : 2));
  for (const failed of results.filter(({ state }) => state !== 'ok')) tellFailure(failed, context);
  return exitCodeOf({
    command: 'check',
    startedAt,
    hosts: results,
    fleet: [],
    interrupted: context.signal.aborted,
    bug: results.some(({ error }) => error?.code === 'bug'),
  });
};

/** A host that could not be asked: every fact is unknown, with the reason. */
const untold = ({ error, state }: HostResult): Readonly<Record<string, Observed<unknown>>> =>
  Object.fromEntries(allFacts.map(id => [id, unknown(error?.message ?? state)]));

/** Exactly what a check would run as root, but for the random marker, which differs on every run. */
const checkProgram = (): string => compileFacts(chooseFacts(checkFacts), randomBytes(16).toString('hex')).program;

const tellFailure = ({ host, error }: HostResult, context: CommandContext): void => {
  const hint = error?.hint === undefined ? '' : `  ${escapeText(error.hint)}\n`;
  context.stderr(`${escapeLine(host)}: ${escapeText(error?.message ?? 'failed')}\n${hint}`);
};
