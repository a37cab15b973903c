import { randomBytes } from 'node:crypto';
import { type ExitOptions, exitCodeOf } from '../core/exit-code.ts';
import { createRedactor } from '../core/redact.ts';
import type { Finding, HostResult, Run } from '../core/result.ts';
import { renderHuman } from '../report/human.ts';
import { renderJson } from '../report/json.ts';
import type { ReportOptions } from '../report/options.ts';
import type { CommandContext, CommonOptions } from './context.ts';

/** `20261121-021405-k3f9`: sorts by time, names the run on hosts, in journals and in messages. */
export const newRunId = (startedAt: Date): string => {
  const digits = startedAt.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  return `${digits}-${randomBytes(2).toString('hex')}`;
};

export interface RunPieces {
  readonly command: Run['command'];
  readonly runId: string;
  readonly startedAt: Date;
  readonly hosts: readonly HostResult[];
  readonly fleet: readonly Finding[];
  readonly batches?: readonly (readonly string[])[];
  readonly cluster?: Run['cluster'];
  readonly runtimeClasses?: Run['runtimeClasses'];
  readonly declined?: boolean;
}

/** A host on which nothing was done. */
export const untouchedHost = (host: { readonly name: string; readonly address: string }): HostResult => ({
  host: host.name,
  address: host.address,
  state: 'ok',
  outcome: 'unchanged',
  findings: [],
  changes: [],
});

/** Everything that hosts say passes here on its way to people (design 3.14). The key lives as long as the process: nothing is compared across runs. */
const redact = createRedactor(randomBytes(32));

/** Messages about the connection are our own words about secrets, and are no secrets. */
const ownWords = /^(sudo-|auth-|key-|host-key-|connect-|no-)/;

const maskHost = (host: HostResult): HostResult => {
  const { error, ...rest } = host;
  if (error === undefined) return redact.value(rest);
  return { ...redact.value(rest), error: ownWords.test(error.code) ? error : redact.value(error) };
};

export const toRun = (pieces: RunPieces, context: CommandContext, options: ExitOptions = {}): Run => {
  const startedAt = pieces.startedAt.toISOString();
  const { command, runId, hosts, fleet, batches, cluster, runtimeClasses = [] } = pieces;
  const exitCode = exitCodeOf(
    {
      command,
      startedAt,
      hosts,
      fleet,
      interrupted: context.signal.aborted,
      bug: hosts.some(({ error }) => error?.code === 'bug'),
      declined: pieces.declined === true,
    },
    options,
  );
  return {
    schemaVersion: 1,
    tool: { name: 'nodeprep', version: context.toolVersion },
    command,
    runId,
    startedAt,
    durationMs: Date.now() - pieces.startedAt.getTime(),
    exitCode,
    hosts: hosts.map(maskHost),
    fleet: redact.value(fleet),
    ...(batches === undefined ? {} : { batches }),
    ...(cluster === undefined ? {} : { cluster: redact.value(cluster) }),
    ...(runtimeClasses.length === 0 ? {} : { runtimeClasses }),
  };
};

/** Writes the result to standard output, in the format asked for, and gives its exit code. */
export const printRun = (
  run: Run,
  options: CommonOptions & Pick<ReportOptions, 'savedTo' | 'rolloutNotes' | 'manifests'>,
  inventoryName: string | undefined,
  context: CommandContext,
): number => {
  if (options.output === 'json') printJson(run, context);
  else context.stdout(renderHuman(run, { ...reportDress(context), ...options, inventoryName }));
  return run.exitCode;
};

/** After a no: what there is to say has been shown with the question. */
export const printDeclined = (run: Run, { output }: CommonOptions, context: CommandContext): number => {
  if (output === 'json') printJson(run, context);
  else context.stdout('Nothing was changed.\n');
  return run.exitCode;
};

const printJson = (run: Run, { stdout }: CommandContext): void => {
  for (const piece of renderJson(run)) stdout(piece);
};

const reportDress = (context: CommandContext): { width: number; color: boolean; ascii: boolean } => {
  const { env } = context;
  const dumb = env.TERM === 'dumb';
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    width: context.columns ?? 100,
    color: context.stdoutIsTerminal && !dumb && !env.NO_COLOR,
    ascii: dumb || (context.stdoutIsTerminal && locale !== '' && !/utf-?8/i.test(locale)),
  };
};

/** What is about to happen, told before the question. Goes to standard error, so that the output stays the one result. */
export const showPlan = (
  pieces: RunPieces,
  options: CommonOptions & Pick<ReportOptions, 'rolloutNotes' | 'isAsked'>,
  inventoryName: string | undefined,
  context: CommandContext,
): void => {
  const dress = { ...reportDress(context), ...options, quiet: false, inventoryName };
  context.stderr(renderHuman(toRun(pieces, context), dress));
};
