import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ServerChannel, type Connection as ServerConnection } from 'ssh2';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';

interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** A key pair for one test process. One in a hundred that ssh2 1.17 generates is malformed (ssh-keygen refuses it too), so try again. */
export const makeKey = (passphrase?: string): KeyPair => {
  const pair =
    passphrase === undefined
      ? ssh2.utils.generateKeyPairSync('ed25519')
      : ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 });
  return ssh2.utils.parseKey(pair.private, passphrase) instanceof Error ? makeKey(passphrase) : pair;
};

export const blobOf = (publicKey: string): Buffer => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');

export interface TestServer {
  readonly port: number;
  readonly directory: string;
  readonly endpoint: HostEndpoint;
  readonly hostKey: { readonly private: string; readonly public: string };
  /** The commands that clients asked to run. */
  readonly commands: string[];
  /** Live connections, for tests that cut them. */
  readonly connections: ServerConnection[];
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Stands for the login shell; default: really runs the command with /bin/sh. */
  readonly onExec?: (channel: ServerChannel, command: string, connection: ServerConnection) => void;
  readonly rejectExec?: boolean;
  readonly rejectSession?: boolean;
  /** The connection goes before the host has said whether it runs the command. */
  readonly cutAtExec?: boolean;
  /** As an sshd that runs a forced command. */
  readonly ignoreSignals?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly algorithms?: ssh2.Algorithms;
}

/** A real SSH server in this process; it lets user `ops` in with the key at `endpoint.identityFile`. */
export const startServer = async (options: TestServerOptions = {}): Promise<TestServer> => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-ssh-'));
  const hostKey = makeKey();
  const userKey = makeKey();
  const identityFile = join(directory, 'id_ed25519');
  writeFileSync(identityFile, userKey.private, { mode: 0o600 });
  const commands: string[] = [];
  const connections: ServerConnection[] = [];
  const children = new Set<ChildProcess>();

  const server = new ssh2.Server(
    { hostKeys: [hostKey.private], ...(options.algorithms === undefined ? {} : { algorithms: options.algorithms }) },
    connection => {
      connections.push(connection);
      connection.on('error', () => undefined);
      connection.on('authentication', context => {
        const mine = context.method === 'publickey' && context.username === 'ops';
        if (mine && context.key.data.equals(blobOf(userKey.public))) context.accept();
        else context.reject(['publickey']);
      });
      connection.on('session', (accept, reject) => {
        if (options.rejectSession) {
          reject();
          return;
        }
        const session = accept();
        session.on('exec', (acceptExec, rejectExec, { command }) => {
          commands.push(command);
          if (options.cutAtExec) {
            // @ts-expect-error ssh2 types keep its socket to themselves; `end` would say good-bye.
            connection._sock.destroy();
            return;
          }
          if (options.rejectExec) {
            rejectExec();
            return;
          }
          const channel = acceptExec();
          channel.on('error', () => undefined);
          if (options.onExec !== undefined) options.onExec(channel, command, connection);
          else {
            const child = runShell(channel, command, options.env ?? {});
            children.add(child);
            // As sshd does: to the whole process group.
            if (!options.ignoreSignals) session.on('signal', (_, __, { name }) => signalGroup(child, `SIG${name}`));
          }
        });
      });
    },
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const knownHostsPath = join(directory, 'known_hosts');
  writeFileSync(knownHostsPath, `[127.0.0.1]:${port} ${hostKey.public}\n`);

  return {
    port,
    directory,
    hostKey,
    commands,
    connections,
    endpoint: {
      host: 'h1',
      address: '127.0.0.1',
      port,
      user: 'ops',
      identityFile,
      hostKeys: 'strict',
      knownHostsPath,
      connectTimeoutMs: 10_000,
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      for (const connection of connections) connection.end();
      await new Promise<void>(resolve => server.close(() => resolve()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

const signalGroup = ({ pid }: ChildProcess, signal: string): void => {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

const runShell = (channel: ServerChannel, command: string, env: Readonly<Record<string, string>>): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', command], { env: { PATH: process.env.PATH, ...env }, detached: true });
  child.stdin.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.on('data', chunk => channel.write(chunk));
  child.stderr.on('data', chunk => channel.stderr.write(chunk));
  child.on('close', (code, signal) => {
    if (signal === null) channel.exit(code ?? 0);
    else channel.exit(signal.replace('SIG', ''), false, '');
    channel.end();
  });
  return child;
};
