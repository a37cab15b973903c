import { spawn } from 'node:child_process';
import type { Connection, Session } from '../../src/connect/connection.ts';
import { drained } from '../../src/connect/session.ts';

export interface LocalShell {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A `Connection` to this machine without root: programs run in a real shell of the test's choice. */
export const localConnection = (shell: LocalShell): Connection => ({
  host: 'here',
  address: 'here',
  async start(program) {
    const child = spawn(shell.command, [...shell.args, '-s'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...shell.env },
      detached: true,
    });
    let stderr = '';
    child.stderr.on('data', chunk => {
      stderr += String(chunk);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.write(program);
    const exit = new Promise<{ code: number | null; signal: string | null }>(resolve => {
      child.on('close', (code, signal) => resolve({ code, signal }));
    });
    return {
      access: { root: true, via: 'login' },
      stdout: child.stdout,
      stderr: () => stderr,
      write: bytes => void child.stdin.write(bytes),
      drained: () => drained(child.stdin),
      endInput: () => child.stdin.end(),
      exit,
      close() {
        // As sshd does it when the connection goes: nothing of the session is left.
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
          process.kill(-child.pid, 'SIGKILL');
      },
    } satisfies Session;
  },
  close: async () => undefined,
});
