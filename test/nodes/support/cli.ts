import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostResult, Run } from '../../../src/core/result.ts';
import { runSchema } from '../../cli/result-schema.ts';
import { withLock } from '../../lab/lock.ts';
import { must, type RunResult, run } from '../../lab/run.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What users run: the compiled program. NODEPREP_CLI names another one, an installed package say. */
const program = process.env.NODEPREP_CLI ?? join(root, 'dist/cli.js');

const newest = (directory: string): number =>
  Math.max(
    ...readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );

/** Compiles the sources if that has not been done since they were last changed. */
export const ensureBuilt = (): Promise<void> =>
  withLock('nodeprep-build', async () => {
    if (process.env.NODEPREP_CLI !== undefined) return;
    if (existsSync(program) && statSync(program).mtimeMs > newest(join(root, 'src'))) return;
    await must('npm', ['run', 'build', '--prefix', root]);
  });

export interface CliOptions {
  /** Added to an otherwise empty environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Also the home directory, so that nothing of this machine's user takes part. */
  readonly directory: string;
  readonly timeoutMs?: number;
  /** Told the process id of nodeprep itself. */
  readonly onStart?: (pid: number) => void;
}

export const nodeprep = (args: readonly string[], options: CliOptions): Promise<RunResult> => {
  const { directory, env, input = '', timeoutMs = 300_000, onStart } = options;
  const path = process.env.PATH ?? '/usr/bin:/bin';
  const assignments = Object.entries({ PATH: path, HOME: directory, ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const words = ['-C', directory, '-i', ...assignments, process.execPath, program, ...args];
  // env turns into the program: the process is the same.
  return run('env', words, { input, timeoutMs, ...(onStart === undefined ? {} : { onStart }) });
};

export interface CliRun extends RunResult {
  readonly run: Run;
}

/** A command with `--output json`; standard output that is not exactly one result, as published, fails the test with what was said instead. */
export const nodeprepJson = async (args: readonly string[], options: CliOptions): Promise<CliRun> => {
  const result = await nodeprep([...args, '--output', 'json'], options);
  try {
    const run = JSON.parse(result.stdout) as Run;
    runSchema.parse(run);
    return { ...result, run };
  } catch (cause) {
    const said = `${result.stdout}${result.stderr}`;
    throw new Error(`nodeprep ${args.join(' ')}: exit ${result.code}, no result\n${said}`, { cause });
  }
};

export const hostOf = ({ run: { hosts } }: CliRun, name: string): HostResult => {
  const host = hosts.find(candidate => candidate.host === name);
  if (host === undefined)
    throw new Error(`no result for ${name}, only for ${hosts.map(({ host: h }) => h).join(', ')}`);
  return host;
};

/** Ids of unwaived errors: what makes a check exit 1. */
export const errorsOf = (host: HostResult): readonly string[] =>
  host.findings
    .filter(({ status, severity, waiver }) => status === 'fail' && severity === 'error' && waiver === undefined)
    .map(({ check }) => check)
    .toSorted();

export const findingOf = (host: HostResult, check: string): HostResult['findings'][number] => {
  const finding = host.findings.find(candidate => candidate.check === check);
  if (finding === undefined) throw new Error(`${host.host} has no finding ${check}`);
  return finding;
};
