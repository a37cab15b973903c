import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import type { Connection, ExitStatus } from './connection.ts';
import type { SecretSource } from './endpoint.ts';
import type { HostProcess } from './host-process.ts';
import { createStart } from './launch.ts';
import type { SecretGate } from './secret-gate.ts';

export interface LocalOptions {
  /** Name in the inventory, or the machine's own. */
  readonly host: string;
  readonly sudoPassword?: SecretSource;
  readonly secretGate: SecretGate;
  readonly startTimeoutMs?: number;
}

/** This machine, by the same programs and the same way to root as over SSH. */
export const openLocal = (options: LocalOptions): Connection => {
  const open = new Set<HostProcess>();
  const start = createStart({
    host: options.host,
    user: userInfo().username,
    sudoPassword: options.sudoPassword,
    gate: options.secretGate,
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    lost: () => undefined,
    spawn: async argv => {
      const process = spawnProcess(argv);
      open.add(process);
      void process.exit.then(() => open.delete(process));
      return process;
    },
  });
  return {
    host: options.host,
    address: 'localhost',
    start,
    close: async () => {
      for (const process of open) process.close();
    },
  };
};

const spawnProcess = (argv: readonly string[]): HostProcess => {
  const [file = '/bin/sh', ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let settle: (status: ExitStatus) => void = () => undefined;
  const exit = new Promise<ExitStatus>(resolve => {
    settle = resolve;
  });
  const ended = new Promise<void>(resolve => void child.stderr.once('close', resolve));
  child.once('error', () => settle({ code: null, signal: null }));
  child.once('exit', (code, signal) => void ended.then(() => settle({ code, signal })));
  const close = (): void => {
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill('SIGTERM');
    settle({ code: null, signal: null });
  };
  const terminate = (): void => void child.kill('SIGTERM');
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, terminate, close };
};
