#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/**
 * argv in, exit code out: the only file that knows process.argv and sets the exit code. It imports nothing of ours at the top,
 * so that `nodeprep --version` costs no more than node itself.
 */
const toolVersion = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version: unknown }).version);
};

const main = async (argv: readonly string[]): Promise<number> => {
  const version = toolVersion();
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const { runCli } = await import('./commands/program.ts');
  return runCli(argv, version);
};

const tellBug = (error: unknown): void => {
  process.stderr.write(
    `nodeprep has a bug, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
};
process.on('uncaughtException', error => {
  tellBug(error);
  process.exit(70);
});

let outputError: Error | undefined;
// Nobody reads any more (`nodeprep apply | head`): what is at work on hosts is still finished, and the exit code stays true.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') outputError = error;
});
process.stderr.on('error', () => undefined);

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
    if (outputError === undefined) return;
    process.stderr.write(`the result could not be written to standard output: ${outputError.message}\n`);
    process.exitCode = 3;
  },
  error => {
    tellBug(error);
    process.exitCode = 70;
  },
);
