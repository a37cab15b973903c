import { Command, CommanderError } from 'commander';
import { NodeprepError } from '../core/errors.ts';
import { escapeText } from '../core/escape.ts';
import { exitCodeOfError, exitCodes } from '../core/exit-code.ts';
import { addChangingCommands } from './changing-commands.ts';
import type { CommandContext } from './context.ts';
import { addHelpCommand, examples, exitCodeHelp, helpStyle } from './help.ts';
import { createInterrupts, type Interrupts } from './interrupts.ts';
import { addReadingCommands, addSchemaCommand } from './reading-commands.ts';

/** Parses the command line, runs one command and returns the exit code (design 3.13). Commands are loaded when they are called. */
export const runCli = async (argv: readonly string[], toolVersion: string): Promise<number> => {
  const interrupts = createInterrupts(
    text => void process.stderr.write(text),
    code => process.exit(code),
  );
  process.on('SIGINT', interrupts.onSignal);
  process.on('SIGTERM', interrupts.onSignal);
  let exitCode: number = exitCodes.fine;
  const program = buildProgram({
    context: processContext(toolVersion, interrupts.signal),
    interrupts,
    finish: code => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportFailure(error);
  } finally {
    process.off('SIGINT', interrupts.onSignal);
    process.off('SIGTERM', interrupts.onSignal);
  }
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

/** Commander has told its own errors already. */
const reportFailure = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  if (!(error instanceof NodeprepError)) throw error;
  process.stderr.write(`${escapeText(error.message)}\n`);
  if (error.hint !== undefined) process.stderr.write(`  ${escapeText(error.hint)}\n`);
  return exitCodeOfError(error.code);
};

/** What the commands of the command line share. */
export interface Wiring {
  readonly context: CommandContext;
  readonly interrupts: Interrupts;
  readonly finish: (exitCode: number) => void;
}

const buildProgram = (wiring: Wiring): Command => {
  const program = new Command('nodeprep')
    .description('Checks, prepares and proves Linux hosts as Kubernetes nodes, over SSH.')
    .version(wiring.context.toolVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .showHelpAfterError('(nodeprep help COMMAND shows what it takes)')
    .configureHelp(helpStyle)
    .addHelpText('after', `\n${examples}\n\n${exitCodeHelp}`);
  addReadingCommands(program, wiring);
  addChangingCommands(program, wiring);
  addSchemaCommand(program, wiring);
  addHelpCommand(program);
  return program;
};
