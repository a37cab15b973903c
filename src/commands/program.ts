import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { NodeprepError } from '../core/errors.ts';
import { exitCodeOfError, exitCodes } from '../core/exit-code.ts';
import type { CommandContext, CommonOptions } from './context.ts';

/** Parses the command line, runs one command and returns the exit code (design 3.13). Commands are loaded when they are called. */
export const runCli = async (argv: readonly string[], toolVersion: string): Promise<number> => {
  const interrupt = new AbortController();
  const stop = handleInterrupts(interrupt);
  let exitCode = 0;
  const program = buildProgram(processContext(toolVersion, interrupt.signal), code => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportFailure(error);
  } finally {
    stop();
  }
};

/** Ctrl-C once asks the command to finish what it must; twice stops now. */
const handleInterrupts = (interrupt: AbortController): (() => void) => {
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(130);
    process.stderr.write('\nfinishing what must not be left half-done (press again to stop now) …\n');
    interrupt.abort(new NodeprepError('interrupted', 'interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
};

const processContext = (toolVersion: string, signal: AbortSignal): CommandContext => ({
  toolVersion,
  env: process.env,
  stdout: text => void process.stdout.write(text),
  stderr: text => void process.stderr.write(text),
  stdoutIsTerminal: process.stdout.isTTY === true,
  stderrIsTerminal: process.stderr.isTTY === true,
  stdinIsTerminal: process.stdin.isTTY === true,
  columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
  signal,
});

const reportFailure = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (!(error instanceof NodeprepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
  return exitCodeOfError(error.code);
};

const parallelism = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 512) {
    throw new InvalidArgumentError('Expected a whole number from 1 to 512.');
  }
  return value;
};

/** Adds the options that every command shares, in the order in which help shows them. */
const withCommonOptions = (command: Command): Command =>
  command
    .addOption(new Option('-l, --limit <names>', 'only these hosts or groups, separated by commas'))
    .addOption(
      new Option('-o, --output <format>', 'what standard output carries').choices(['human', 'json']).default('human'),
    )
    .addOption(new Option('-p, --parallel <n>', 'hosts worked on at once').argParser(parallelism).default(32))
    .addOption(new Option('-q, --quiet', 'no progress on standard error').default(false))
    .addOption(new Option('-v, --verbose', 'list passing checks too').default(false));

type Finish = (exitCode: number) => void;

const buildProgram = (context: CommandContext, finish: Finish): Command => {
  const program = new Command('nodeprep')
    .description('Checks, prepares and proves Linux hosts as Kubernetes nodes, over SSH.')
    .version(context.toolVersion, '-V, --version')
    .exitOverride()
    .showHelpAfterError('(nodeprep help COMMAND shows what it takes)')
    .configureHelp({ sortSubcommands: false });
  addReadingCommands(program, context, finish);
  addChangingCommands(program, context, finish);
  program
    .command('schema')
    .description('print the JSON Schema (2020-12) of the inventory')
    .action(async () => {
      const { inventoryJsonSchema } = await import('./schema.ts');
      context.stdout(`${inventoryJsonSchema()}\n`);
    });
  return program;
};

const addReadingCommands = (program: Command, context: CommandContext, finish: Finish): void => {
  withCommonOptions(program.command('check'))
    .description('audit hosts; without arguments this machine. Never changes anything')
    .argument('[targets...]', 'an inventory file, - for standard input, a recording directory, or user@host[:port] …')
    .option('--strict', 'what could not be told counts as an error', false)
    .option('--record <dir>', 'write what was seen, to be replayed with: nodeprep check DIR')
    .action(async (targets: string[], options: CommonOptions & { strict: boolean; record?: string }) => {
      const { runCheck } = await import('./check.ts');
      finish(await runCheck(targets, options, context));
    });
  withCommonOptions(program.command('plan'))
    .description('show what apply would change, as a diff. Never changes anything')
    .argument('<inventory>', 'an inventory file, or - for standard input')
    .option('--out <file>', 'save the plan for: nodeprep apply --plan FILE')
    .option('--detailed-exitcode', 'exit 4 when changes are pending', false)
    .option('--without-drain', 'let a joined node restart its runtime without draining it', false)
    .option('--allow-irreversible', 'plan changes that cannot be undone', false)
    .action(
      async (inventory: string, options: CommonOptions & PlanFlags & { out?: string; detailedExitcode: boolean }) => {
        const { runPlan } = await import('./plan.ts');
        finish(await runPlan(inventory, options, context));
      },
    );
  withCommonOptions(program.command('facts'))
    .description('print what hosts say, uninterpreted. Never changes anything')
    .argument('[targets...]', 'as for check')
    .option('--record <dir>', 'write what was seen, to be replayed with: nodeprep check DIR')
    .option('--program', 'print the program that a check would run on the host, and contact nobody', false)
    .action(async (targets: string[], options: CommonOptions & { record?: string; program: boolean }) => {
      const { runFacts } = await import('./facts.ts');
      finish(await runFacts(targets, options, context));
    });
};

export interface PlanFlags {
  readonly withoutDrain: boolean;
  readonly allowIrreversible: boolean;
}

const addChangingCommands = (program: Command, context: CommandContext, finish: Finish): void => {
  withCommonOptions(program.command('apply'))
    .description('plan, ask, change, verify; what fails is reverted')
    .argument('<inventory>', 'an inventory file, or - for standard input (needs --yes)')
    .option('-y, --yes', 'do not ask', false)
    .option('--plan <file>', 'do exactly what this saved plan says, or refuse')
    .option('--without-drain', 'let a joined node restart its runtime without draining it', false)
    .option('--allow-irreversible', 'make changes that cannot be undone', false)
    .action(async (inventory: string, options: CommonOptions & PlanFlags & { yes: boolean; plan?: string }) => {
      const { runApply } = await import('./apply.ts');
      finish(await runApply(inventory, options, context));
    });
  withCommonOptions(program.command('rollback'))
    .description('restore what a run replaced')
    .argument('<inventory>', 'an inventory file, or - for standard input (needs --yes)')
    .option('-y, --yes', 'do not ask', false)
    .option('--run <id>', 'the run to undo; without it the last one of each host')
    .action(async (inventory: string, options: CommonOptions & { yes: boolean; run?: string }) => {
      const { runRollback } = await import('./rollback.ts');
      finish(await runRollback(inventory, options, context));
    });
  withCommonOptions(program.command('recover'))
    .description('settle what an interrupted run left on hosts')
    .argument('<inventory>', 'an inventory file, or - for standard input (needs --yes)')
    .option('-y, --yes', 'do not ask', false)
    .action(async (inventory: string, options: CommonOptions & { yes: boolean }) => {
      const { runRecover } = await import('./recover.ts');
      finish(await runRecover(inventory, options, context));
    });
};
