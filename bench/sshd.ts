import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Sshd {
  readonly port: number;
  /** 127.1.0.1 and on: every host of the benchmark is an address of its own, as the inventory demands. */
  readonly addresses: readonly string[];
  readonly user: string;
  readonly identityFile: string;
  /** The host's public key, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  close(): void;
}

const binary = '/usr/sbin/sshd';

/** MAX_LISTEN_SOCKS of OpenSSH: more addresses need another server. */
const addressesPerServer = 16;

const addressOf = (index: number): string => `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
    server.once('error', reject);
  });

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port });
    socket.once('data', () => resolve(true)).once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });

const makeKey = (path: string): void => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
};

/** OpenSSH 9.8 and newer punish a source that connects often; older ones do not know the word. */
const penalties = (hostKeyFile: string): string[] => {
  const line = 'PerSourcePenalties=no';
  return spawnSync(binary, ['-t', '-f', '/dev/null', '-h', hostKeyFile, '-o', line]).status === 0 ? [line] : [];
};

const startServer = async (
  settings: readonly string[],
  addresses: readonly string[],
  port: number,
): Promise<ChildProcess> => {
  const listen = addresses.map(address => `ListenAddress=${address}:${port}`);
  const child = spawn(
    binary,
    ['-D', '-e', '-f', '/dev/null', ...[...settings, ...listen].flatMap(each => ['-o', each])],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', chunk => {
    said = (said + String(chunk)).slice(-2000);
  });
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`sshd did not start: ${said}`);
    if (await answers(addresses[0] ?? '', port)) return child;
    await delay(50);
  }
  throw new Error(`sshd does not answer: ${said}`);
};

export const addressesOf = (hosts: number): readonly string[] =>
  Array.from({ length: hosts }, (_, index) => addressOf(index));

export interface SshdOptions {
  /** Run instead of what is asked for, which it finds in SSH_ORIGINAL_COMMAND. */
  readonly forceCommand?: string;
}

/** Real OpenSSH servers on loopback only, as the current user, that let this user in by key and turn nobody away for asking often. */
export const startSshd = async (
  directory: string,
  hosts: number,
  { forceCommand }: SshdOptions = {},
): Promise<Sshd> => {
  if (!existsSync(binary)) throw new Error(`the benchmark needs OpenSSH's server (${binary})`);
  // Root's sshd wants its directory; Debian makes it when the service starts.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKeyFile = join(directory, 'host_key');
  const identityFile = join(directory, 'id_ed25519');
  makeKey(hostKeyFile);
  makeKey(identityFile);
  const authorized = join(directory, 'authorized_keys');
  writeFileSync(authorized, readFileSync(`${identityFile}.pub`), { mode: 0o600 });
  const port = await freePort();
  const settings = [
    `HostKey=${hostKeyFile}`,
    `AuthorizedKeysFile=${authorized}`,
    'StrictModes=no',
    'UsePAM=no',
    'UseDNS=no',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'PermitRootLogin=yes',
    'MaxStartups=1000',
    'MaxSessions=1000',
    'PidFile=none',
    'LogLevel=ERROR',
    // bash under sshd reads ~/.bashrc, and what somebody has in there is not what is measured.
    `SetEnv=HOME=${directory}`,
    ...(forceCommand === undefined ? [] : [`ForceCommand=${forceCommand}`]),
    ...penalties(hostKeyFile),
  ];
  const addresses = addressesOf(hosts);
  const children: ChildProcess[] = [];
  for (let first = 0; first < hosts; first += addressesPerServer) {
    children.push(await startServer(settings, addresses.slice(first, first + addressesPerServer), port));
  }
  const [type = '', key = ''] = readFileSync(`${hostKeyFile}.pub`, 'utf8').split(' ');
  return {
    port,
    addresses,
    user: userInfo().username,
    identityFile,
    hostKey: `${type} ${key.trim()}`,
    close: () => {
      for (const child of children) child.kill();
    },
  };
};
