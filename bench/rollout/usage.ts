import { readFileSync } from 'node:fs';

export interface Usage {
  readonly peakMiB: number;
  /** Of the process and of the programs that it has waited for. */
  readonly cpuSeconds: number;
}

const ticksPerSecond = 100;

/** Looks at a process from outside while it runs. */
export const watchUsage = (pid: number): (() => Usage) => {
  let usage: Usage = { peakMiB: 0, cpuSeconds: 0 };
  const look = (): void => {
    try {
      const [, peak = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 15);
      const ticks = fields.reduce((sum, field) => sum + Number(field), 0);
      usage = { peakMiB: Number(peak) / 1024, cpuSeconds: ticks / ticksPerSecond };
    } catch {
      // It has ended; the last look stands.
    }
  };
  const timer = setInterval(look, 500);
  return () => {
    clearInterval(timer);
    return usage;
  };
};
