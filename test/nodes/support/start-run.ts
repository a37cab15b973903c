import type { CliRun } from './cli.ts';
import type { Workplace } from './workplace.ts';

/** A nodeprep at work, that can be killed. */
export interface StartedRun {
  /** SIGKILL to nodeprep. */
  kill(): void;
  readonly ended: Promise<EndedRun>;
}

export interface EndedRun {
  readonly code: number;
  /** undefined: it was killed. */
  readonly run: CliRun['run'] | undefined;
}

export const startRun = (place: Workplace, args: readonly string[]): StartedRun => {
  let pid: number | undefined;
  const onStart = (started: number) => {
    pid = started;
  };
  const ended = place
    .run([...args, '--output', 'json'], { onStart, timeoutMs: 900_000 })
    .then(({ code, stdout, stderr }): EndedRun => {
      if (stdout !== '') return { code, run: JSON.parse(stdout) as CliRun['run'] };
      if (code === 137) return { code, run: undefined };
      throw new Error(`nodeprep ${args.join(' ')}: exit ${code}, no result\n${stderr}`);
    });
  const kill = () => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  return { kill, ended };
};
