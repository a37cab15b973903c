import type { LabNode } from './node.ts';

/** Commands that sudo ran and passwords that it refused since the node's boot, as its log has them. */
export async function sudoAttempts(node: LabNode): Promise<{ ran: number; refused: number }> {
  // By identifier: of a sudo that has ended, journald can no longer tell the command's name.
  const log = await journal(node, '-t sudo -o short');
  const ran = log.filter(line => line.includes(' COMMAND=') && !/incorrect password|a password is required/.test(line));
  const runs = new Map<string, string[]>();
  for (const line of log) {
    const pid = /sudo\[(\d+)\]/.exec(line)?.[1] ?? '';
    runs.set(pid, [...(runs.get(pid) ?? []), line]);
  }
  return { ran: ran.length, refused: [...runs.values()].reduce((sum, lines) => sum + refusals(lines), 0) };
}

// A sudo that gave up says how many passwords were wrong; of one that succeeded in the end, only pam_unix knows.
function refusals(lines: string[]): number {
  const text = lines.join('\n');
  const gaveUp = Number(/(\d+) incorrect password attempts?/.exec(text)?.[1] ?? 0);
  const first = text.includes('authentication failure;') ? 1 : 0;
  const more = Number(/(\d+) more authentication failures?/.exec(text)?.[1] ?? 0);
  return Math.max(gaveUp, first + more);
}

/** SSH logins that sshd accepted since the node's boot. */
export async function sshSessions(node: LabNode): Promise<number> {
  return (await journal(node, '-u ssh -o cat')).filter(line => line.includes('Accepted ')).length;
}

/** Makes the node's package lists look that many days old. */
export async function ageLists(node: LabNode, days: number): Promise<void> {
  await node.sh(`find /var/lib/apt/lists /var/lib/apt/periodic -exec touch -d '-${days} days' {} +`);
}

export async function removeLists(node: LabNode): Promise<void> {
  await node.sh('find /var/lib/apt/lists -type f -delete; rm -f /var/cache/apt/*.bin');
}

async function journal(node: LabNode, match: string): Promise<string[]> {
  return (await node.sh(`journalctl --sync; journalctl -b --no-pager ${match}`)).split('\n');
}
