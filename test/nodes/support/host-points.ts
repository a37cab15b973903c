import type { LabNode } from '../../lab/index.ts';

const base = '/var/lib/nodeprep';

/** Where the next host program on the node stops: it is killed there, or waits there (docs/adr/0005). */
export const stopAt = (node: LabNode, point: number, action: 'kill' | 'wait'): Promise<string> =>
  node.sh(`mkdir -p -m 700 ${base}; rm -f ${base}/points; ${writeStop(point, action)}`);

/** A host program that waits goes on, and waits again at a later point. */
export const moveOn = (node: LabNode, point: number): Promise<string> => node.sh(writeStop(point, 'wait'));

/** A host program that waits goes on; those that come later are left alone. */
export const letGo = (node: LabNode): Promise<string> => node.sh(`rm -f ${base}/stop-at`);

const writeStop = (point: number, action: string): string =>
  `echo ${point} ${action} >${base}/stop-at.new; mv ${base}/stop-at.new ${base}/stop-at`;

/** Returns once the host program is at the point; false when it came to its end before. */
export const reached = async (node: LabNode, point: number, timeoutMs = 120_000): Promise<boolean> => {
  const watch = `while :; do
      if [ "$(wc -l 2>/dev/null <${base}/points)" = ${point} ]; then echo reached; exit; fi
      if [ -f ${base}/points ] && [ ! -f ${base}/lock ]; then echo over; exit; fi
      sleep 0.1
    done`;
  return (await node.sh(watch, { timeoutMs })) === 'reached';
};

export const mustReach = async (node: LabNode, point: number): Promise<void> => {
  if (!(await reached(node, point))) throw new Error(`${node.name}: the host program ended before point ${point}`);
};

/** Names of the points that the last host program passed, in order: `before begin 1-1`, `in 1-1`, `after done 1-1`. */
export const pointsPassed = async (node: LabNode): Promise<readonly string[]> =>
  (await node.sh(`cat ${base}/points`)).split('\n');

export interface LastRun {
  readonly runId: string;
  /** Events of its journal, without number and time: `begin 1-1`, `settle - committed`. */
  readonly events: readonly string[];
}

export const lastRun = async (node: LabNode): Promise<LastRun> => {
  const said = await node.sh(`cd ${base}/runs; last=$(ls | tail -n 1); echo "$last"; cat "$last/journal"`);
  const [runId = '', ...lines] = said.split('\n');
  return { runId, events: lines.map(line => line.split(' ').slice(2).join(' ').trim()) };
};

/** The session that drives the last run; another one after each reconnect. */
export const driverOf = (node: LabNode): Promise<string> =>
  node.sh(`cd ${base}/runs; last=$(ls | tail -n 1); cut -d ' ' -f 1 "$last/control" 2>/dev/null || :`);
