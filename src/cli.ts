#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/**
 * argv in, exit code out: the only file that knows process.argv and process.exit. It imports nothing of ours at the top,
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

// A closed pipe (`nodeprep check | head`) is no bug of ours and nobody reads what we would say about it.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
  throw error;
});

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
  },
  error => {
    process.stderr.write(
      `nodeprep has a bug, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 70;
  },
);
