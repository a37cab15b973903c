import type { Duplex, Readable } from 'node:stream';
import type { ExitStatus } from './connection.ts';
import type { HostProcess } from './host-process.ts';

/** The part of an ssh2 channel that matters here. */
export interface Channel extends Duplex {
  readonly stderr: Readable;
  signal(name: string): void;
  close(): void;
}

/**
 * ssh2 says `close` on the channel only after all of standard output was read, and on `stderr` as soon as the channel is closed;
 * the exit status always comes before. A channel closed without one, or by a lost connection, leaves `code: null`.
 */
export const processOfChannel = (channel: Channel): HostProcess => {
  let settle: (status: ExitStatus) => void = () => undefined;
  const exit = new Promise<ExitStatus>(resolve => {
    settle = resolve;
  });
  let status: ExitStatus = { code: null, signal: null };
  channel.once('exit', (code: number | null, signal?: string) => {
    status = { code, signal: signal ?? null };
  });
  channel.stderr.once('close', () => settle(status));
  channel.on('error', () => undefined);
  const close = (): void => {
    settle({ code: null, signal: null });
    // Without a terminal sshd leaves what hangs running, a login shell that waits for ever say.
    channel.signal('HUP');
    channel.destroy();
    // The host may never confirm; whoever reads must not wait for that.
    channel.emit('close');
  };
  const terminate = (): void => channel.signal('TERM');
  return { stdin: channel, stdout: channel, stderr: channel.stderr, exit, terminate, close };
};
