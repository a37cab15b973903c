import { NodeprepError } from '../core/errors.ts';
import type { HostEndpoint } from './endpoint.ts';
import type { HostProcess } from './host-process.ts';
import { printable } from './printable.ts';
import { type Channel, processOfChannel } from './ssh-channel.ts';
import { interrupted, lostError } from './start-errors.ts';

/** The part of an ssh2 client that opens sessions. */
export interface Executor {
  exec(command: string, done: (error: Error | undefined, channel: Channel) => void): unknown;
}

/** One exec, bounded in time: a host may accept a connection and never open a session on it. */
export const execute = (
  client: Executor,
  endpoint: HostEndpoint,
  command: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<HostProcess> =>
  new Promise((resolve, reject) => {
    let given = false;
    const settle = (give: () => void): void => {
      given = true;
      clearTimeout(timeout);
      signal?.removeEventListener('abort', onAbort);
      give();
    };
    const onAbort = (): void => settle(() => reject(interrupted(endpoint.host)));
    const timeout = setTimeout(() => settle(() => reject(silent(endpoint, timeoutMs))), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    try {
      client.exec(command, (error, channel) => {
        if (given) return channel?.close();
        if (error === undefined) return settle(() => resolve(processOfChannel(channel)));
        settle(() => reject(explainExec(endpoint, error)));
      });
    } catch (error) {
      settle(() => reject(explainExec(endpoint, error)));
    }
  });

const explainExec = (endpoint: HostEndpoint, error: unknown): NodeprepError => {
  const text = error instanceof Error ? error.message : String(error);
  if (/unable to exec/i.test(text))
    return new NodeprepError('no-shell', `${endpoint.host} refuses to run commands for ${endpoint.user}.`, {
      hint: 'Its SSH server may allow SFTP or forwarding only; see ForceCommand and Match in its sshd_config.',
      cause: error,
    });
  if (/channel open failure/i.test(text))
    return new NodeprepError('connect-failed', `${endpoint.host} opens no session: ${printable(text)}`, {
      hint: 'See MaxSessions and PermitTTY in its sshd_config.',
      cause: error,
    });
  return lostError(endpoint.host, printable(text));
};

const silent = (endpoint: HostEndpoint, timeoutMs: number): NodeprepError =>
  new NodeprepError('connect-timeout', `${endpoint.host} opened no session within ${timeoutMs / 1000} s.`, {
    hint: 'The host may be overloaded. Try by hand: ssh to it and run true.',
  });
