import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';

const program = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find(existsSync);

/** Why there is no OpenSSH server to test with, or undefined. */
export const sshdProblem = program === undefined ? 'no OpenSSH server is installed' : undefined;

/** sshd of OpenSSH as the user who runs the tests, on a free port of loopback, with keys of its own. */
export interface LoopbackSshd {
  /** Logs in with `id_ed25519`, which it accepts as it does the others of `authorized`. */
  readonly endpoint: HostEndpoint;
  path(name: string): string;
  log(): string;
  close(): void;
}

/** Primes for the default of 3072 bits may take seconds. */
export const keygen = (type: 'ed25519' | 'rsa' | 'ecdsa', file: string, passphrase = ''): void => {
  const size = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-f', file]);
};

export interface SshdOptions {
  /** Makes the users' keys in the directory; gives the names of those that are let in. */
  readonly makeKeys: (path: (name: string) => string) => readonly string[];
  readonly settings?: readonly string[];
}

export const startSshd = async ({ makeKeys, settings = [] }: SshdOptions): Promise<LoopbackSshd> => {
  const directory = mkdtempSync(join(tmpdir(), 'nodeprep-sshd-'));
  const path = (name: string): string => join(directory, name);
  const log = (): string => readFileSync(path('log'), 'utf8');
  for (const type of ['ed25519', 'rsa', 'ecdsa'] as const) keygen(type, path(`host_${type}`));
  const authorized = makeKeys(path).map(name => readFileSync(path(`${name}.pub`), 'utf8'));
  writeFileSync(path('authorized_keys'), authorized.join(''), { mode: 0o600 });
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...['ed25519', 'rsa', 'ecdsa'].map(type => `HostKey ${path(`host_${type}`)}`),
    `AuthorizedKeysFile ${path('authorized_keys')}`,
    `PidFile ${path('pid')}`,
    'UsePAM no',
    'StrictModes no',
    'LogLevel VERBOSE',
    ...settings,
  ];
  writeFileSync(path('sshd_config'), `${lines.join('\n')}\n`);
  // Started by root it wants this directory, whatever its configuration says.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const sshd = spawn(program ?? '', ['-D', '-f', path('sshd_config'), '-E', path('log')], { stdio: 'ignore' });
  await listening(sshd, path('log'));
  return {
    endpoint: {
      host: 'loopback',
      address: '127.0.0.1',
      port,
      user: userInfo().username,
      identityFile: path('id_ed25519'),
      hostKeys: 'accept-new',
      knownHostsPath: path('known_hosts'),
      connectTimeoutMs: 15_000,
    },
    path,
    log,
    close: () => {
      sshd.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

const listening = async (sshd: ChildProcess, log: string): Promise<void> => {
  while (!existsSync(log) || !readFileSync(log, 'utf8').includes('Server listening')) {
    if (sshd.exitCode !== null) throw new Error(`sshd ended: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
