import { vi } from 'vitest';
import { runCli } from '../../src/commands/program.ts';
import type { CliResult } from './run-cli.ts';

/** What users see, without a process of its own: for the many rows in which nothing but words matters. */
export const inProcess = async (args: readonly string[]): Promise<CliResult> => {
  const said = { stdout: '', stderr: '' };
  const keep = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation(text => {
      said[stream] += String(text);
      return true;
    });
  const spies = [keep('stdout'), keep('stderr')];
  try {
    const code = await runCli(args, '0.0.0-test');
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
};
