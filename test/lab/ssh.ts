import { connect } from 'node:net';
import { type RunOptions, type RunResult, run } from './run.ts';
import { IDENTITY_FILE } from './settings.ts';

/** ssh arguments for a node. Nodes come and go on the same addresses, so their host keys are not remembered. */
export function sshArgs(user: string, address: string): string[] {
  const options = {
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    GlobalKnownHostsFile: '/dev/null',
    IdentitiesOnly: 'yes',
    LogLevel: 'ERROR',
    ConnectTimeout: '20',
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  return ['-F', 'none', ...flags, '-i', IDENTITY_FILE, `${user}@${address}`];
}

export function ssh(user: string, address: string, command: string, options: RunOptions = {}): Promise<RunResult> {
  return run('ssh', ['-T', '-o', 'BatchMode=yes', ...sshArgs(user, address), command], options);
}

/** Whether an sshd greets at this address. A connection that is closed after the greeting costs it next to nothing. */
export function sshAnswers(address: string, port = 22): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => resolve(false));
    socket.once('data', greeting => end(greeting.toString().startsWith('SSH-')));
  });
}
