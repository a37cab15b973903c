import type { Disruption } from '../../../src/core/result.ts';
import type { LabNode } from '../../lab/index.ts';
import { startedAt } from './host-state.ts';

/** `none` also where the daemon reads its files again; `drain` where a container, or who watches it, ends. */
export type SeenDisruption = Exclude<Disruption, 'reload' | 'reboot'>;

export interface ContainerWatch {
  /** Of containers, not of who watches them. */
  readonly containers: number;
  /** What became of them, and of the unit, since. */
  look(): Promise<SeenDisruption>;
}

/** Containers that run, and who watches over them, each with the moment of its start. */
const processes = async (node: LabNode): Promise<readonly string[]> => {
  const found = await node.sh(`for pid in $(pgrep -x 'pause|conmon|containerd-shim'); do
    echo "$(cat /proc/$pid/comm) $pid $(cut -d ' ' -f 22 /proc/$pid/stat)"; done | sort`);
  return found.split('\n').filter(line => line !== '');
};

export const watchContainers = async (node: LabNode, unit: string): Promise<ContainerWatch> => {
  const before = { processes: await processes(node), started: await startedAt(node, unit) };
  return {
    containers: before.processes.filter(line => line.startsWith('pause ')).length,
    async look() {
      const [now, started] = [await processes(node), await startedAt(node, unit)];
      if (!before.processes.every(line => now.includes(line))) return 'drain';
      return started === before.started ? 'none' : 'restart';
    },
  };
};
