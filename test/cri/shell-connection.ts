import { spawn } from 'node:child_process';
import type { Connection, Session } from '../../src/connect/connection.ts';

/** A connection whose programs really run: handed to a shell here, or to any command that reads a program from its input. */
export const shellConnection = (
  command: readonly string[] = ['sh', '-s'],
  env = process.env,
): Connection & {
  readonly sessions: Session[];
} => {
  const sessions: Session[] = [];
  const [file = 'sh', ...argv] = command;
  return {
    host: 'here',
    address: '127.0.0.1',
    sessions,
    start: async (program, { signal }) => {
      const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'pipe'], env });
      let stderr = '';
      child.stderr.on('data', chunk => {
        stderr = (stderr + String(chunk)).slice(0, 65_536);
      });
      child.stdin.on('error', () => {});
      child.stdin.write(program);
      const close = () => {
        child.stdin.destroy();
        child.stdout.destroy();
      };
      signal?.addEventListener('abort', close, { once: true });
      const session: Session = {
        access: { root: false, reason: 'a test' },
        stdout: child.stdout,
        stderr: () => stderr,
        write: bytes => void child.stdin.write(bytes),
        drained: async () => undefined,
        endInput: () => void child.stdin.end(),
        exit: new Promise(resolve => child.once('close', (code, signalName) => resolve({ code, signal: signalName }))),
        close,
      };
      sessions.push(session);
      return session;
    },
    close: async () => {},
  };
};
