import { type RunOptions, type RunResult, run } from '../run.ts';
import { sshArgs } from '../ssh.ts';
import { LOOPBACK } from './settings.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function sshAs(user: string, port: number, command: string, options?: RunOptions): Promise<RunResult> {
  const args = ['-T', '-o', 'BatchMode=yes', '-p', String(port), ...sshArgs(user, LOOPBACK), command];
  return run('ssh', args, options);
}

/** A root shell with the surroundings that a container node's `exec` has. */
export function rootShell(port: number, command: string, options?: RunOptions): Promise<RunResult> {
  const env = `env -i PATH=${PATH} HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive`;
  return sshAs('root', port, `${env} sh -c ${quote(command)}`, options);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
