import type { LabNode } from './node.ts';

/** Commands that sudo ran and passwords that it refused since the node's boot, as its log has them. */
export async function sudoAttempts(node: LabNode): Promise<{ ran: number; refused: number }> {
  const log = await journal(node, '_COMM=sudo');
  const ran = log.filter(line => line.includes(' COMMAND=') && !line.includes('incorrect password'));
  return { ran: ran.length, refused: log.reduce((sum, line) => sum + refusals(line), 0) };
}

// pam_unix writes the first failure of a sudo at once, and at its end how many more there were.
function refusals(line: string): number {
  if (line.includes('authentication failure;')) return 1;
  return Number(/(\d+) more authentication failures?/.exec(line)?.[1] ?? 0);
}

/** SSH logins that sshd accepted since the node's boot. */
export async function sshSessions(node: LabNode): Promise<number> {
  return (await journal(node, '-u ssh')).filter(line => line.includes('Accepted ')).length;
}

/** Makes the node's package lists look that many days old. */
export async function ageLists(node: LabNode, days: number): Promise<void> {
  await node.sh(`find /var/lib/apt/lists /var/lib/apt/periodic -exec touch -d '-${days} days' {} +`);
}

export async function removeLists(node: LabNode): Promise<void> {
  await node.sh('find /var/lib/apt/lists -type f -delete; rm -f /var/cache/apt/*.bin');
}

async function journal(node: LabNode, match: string): Promise<string[]> {
  return (await node.sh(`journalctl --sync; journalctl -b -o cat --no-pager ${match}`)).split('\n');
}
