import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Nothing makes this directory, so there are no keys and no known hosts. */
const noHome = join(tmpdir(), 'nodeprep-no-home');
const tsx = import.meta.resolve('tsx');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCli {
  readonly child: ChildProcess;
  readonly said: () => Omit<CliResult, 'code'>;
  readonly result: Promise<CliResult>;
}

export interface StartOptions {
  readonly input?: string;
  /** The test writes to standard input itself. */
  readonly keepInput?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** The program as users start it, from source; nobody sits at a terminal and nothing of this user's environment takes part. */
export const startCli = (args: readonly string[], options: StartOptions = {}): StartedCli => {
  const child = spawn(process.execPath, ['--import', tsx, join(root, 'src/cli.ts'), ...args], {
    cwd: options.directory ?? root,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: noHome, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => {
    said.stdout += String(chunk);
  });
  child.stderr.on('data', chunk => {
    said.stderr += String(chunk);
  });
  child.stdin.on('error', () => undefined);
  if (options.keepInput !== true) child.stdin.end(options.input ?? '');
  const result = new Promise<CliResult>(resolve => {
    child.on('close', code => resolve({ code, ...said }));
  });
  return { child, said: () => said, result };
};

export const cli = (args: readonly string[], options?: StartOptions): Promise<CliResult> =>
  startCli(args, options).result;

export interface Workplace {
  readonly directory: string;
  path(name: string): string;
  write(name: string, text: string): string;
  remove(): void;
}

export const openWorkplace = (): Workplace => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-cli-'));
  const path = (name: string) => join(directory, name);
  return {
    directory,
    path,
    write: (name, text) => {
      writeFileSync(path(name), text);
      return path(name);
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

/** Ports of loopback on which nothing listens. */
export const closedPorts = async (count: number): Promise<readonly number[]> => {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map(server => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(server => new Promise<void>(resolve => server.close(() => resolve()))));
  return ports;
};

/** Connections are accepted and nothing is ever said: a host at which one waits. */
export const silentServer = async () => {
  let connected: () => void = () => undefined;
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    connected();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    nextConnection: () =>
      new Promise<void>(resolve => {
        connected = resolve;
      }),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
};

export const hostFixture = (name: string): string => join(root, 'test/fixtures/hosts', name);
