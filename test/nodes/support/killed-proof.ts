import type { LabNode } from '../../lab/index.ts';
import type { Workplace } from './workplace.ts';

/** Holds the look at a sandbox that runs. */
const find = `#!/bin/sh
case "$*" in "/sys/fs/cgroup -maxdepth"*) while [ -e /run/lab-stall ]; do : >/run/lab-stalled; sleep 0.1; done ;; esac
exec /usr/bin/find "$@"
`;

/** Kills nodeprep while its sandbox runs, and gives its exit code. The host is as it was left then. */
export const killDuringProof = async (node: LabNode, place: Workplace, args: readonly string[]): Promise<number> => {
  await node.sh('cat >/usr/local/bin/find && chmod 755 /usr/local/bin/find && : >/run/lab-stall', { input: find });
  const control: number[] = [];
  const running = place.run(args, { onStart: pid => void control.push(pid) });
  await node.sh('until [ -e /run/lab-stalled ]; do sleep 0.1; done');
  for (const pid of control) process.kill(pid, 'SIGKILL');
  const { code } = await running;
  await node.sh('rm -f /run/lab-stall /run/lab-stalled /usr/local/bin/find');
  return code;
};
