import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxRssMiB: number;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const preload = fileURLToPath(new URL('usage.mjs', import.meta.url));

/** Runs one node process to its end, with the clock around all of it: start-up counts, as it does for people. */
export const measureNode = (argv: readonly string[], options: { readonly bare?: boolean } = {}): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const flags = options.bare ? [] : ['--import', preload];
    const started = process.hrtime.bigint();
    const child = spawn(process.execPath, [...flags, ...argv], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const texts = ['', '', '', ''];
    for (const index of [1, 2, 3] as const) {
      child.stdio[index]?.on('data', (chunk: Buffer) => {
        texts[index] += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('close', exitCode => {
      const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
      const [, stdout = '', stderr = '', usage = ''] = texts;
      if (exitCode === null) return reject(new Error(`killed: ${stderr}`));
      const { cpuMs = 0, maxRssMiB = 0 } = usage === '' ? {} : JSON.parse(usage);
      resolve({ wallMs, cpuMs, maxRssMiB, exitCode, stdout, stderr });
    });
  });

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
};
