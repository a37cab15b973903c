import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';
import { createSecretGate } from '../../src/connect/secret-gate.ts';
import { openSsh } from '../../src/connect/ssh.ts';
import { program, readAll } from './read-all.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find(existsSync);
const missing = SSHD === undefined ? 'no OpenSSH server is installed' : undefined;

/** sshd of OpenSSH as the user who runs the tests, on a free port of loopback, with keys of its own. */
describe.skipIf(missing !== undefined)(
  `OpenSSH on loopback${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let directory = '';
    let sshd: ChildProcess | undefined;
    let endpoint: HostEndpoint;
    const path = (name: string): string => join(directory, name);
    const log = (): string => readFileSync(path('log'), 'utf8');
    const keygen = (...args: string[]): void => void execFileSync('ssh-keygen', ['-q', ...args]);
    const open = async (more: Partial<HostEndpoint> = {}) =>
      openSsh({ ...endpoint, ...more }, { secretGate: createSecretGate() });

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'nodeprep-sshd-'));
      for (const type of ['ed25519', 'rsa', 'ecdsa']) keygen('-t', type, '-N', '', '-f', path(`host_${type}`));
      for (const type of ['ed25519', 'rsa', 'ecdsa']) keygen('-t', type, '-N', '', '-f', path(`id_${type}`));
      keygen('-t', 'ed25519', '-N', 'open sesame', '-f', path('id_locked'));
      const keys = ['ed25519', 'rsa', 'ecdsa', 'locked'].map(name => readFileSync(path(`id_${name}.pub`), 'utf8'));
      writeFileSync(path('authorized_keys'), keys.join(''), { mode: 0o600 });
      const port = await freePort();
      const settings = [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        ...['ed25519', 'rsa', 'ecdsa'].map(type => `HostKey ${path(`host_${type}`)}`),
        `AuthorizedKeysFile ${path('authorized_keys')}`,
        `PidFile ${path('pid')}`,
        'UsePAM no',
        'StrictModes no',
        'LogLevel VERBOSE',
      ];
      writeFileSync(path('sshd_config'), `${settings.join('\n')}\n`);
      // Started by root it wants this directory, whatever its configuration says.
      if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
      sshd = spawn(SSHD ?? '', ['-D', '-f', path('sshd_config'), '-E', path('log')], { stdio: 'ignore' });
      endpoint = {
        host: 'loopback',
        address: '127.0.0.1',
        port,
        user: userInfo().username,
        identityFile: path('id_ed25519'),
        hostKeys: 'accept-new',
        knownHostsPath: path('known_hosts'),
        connectTimeoutMs: 15_000,
      };
      while (!existsSync(path('log')) || !log().includes('Server listening')) {
        if (sshd.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    });
    afterAll(() => {
      sshd?.kill();
      rmSync(directory, { recursive: true, force: true });
    });

    it.each(['id_ed25519', 'id_rsa', 'id_ecdsa'])('lets %s in and runs a program', async identity => {
      const connection = await open({ identityFile: path(identity) });
      const session = await connection.start(program('echo out; echo err >&2; exit 3'), { as: 'best' });
      expect(await readAll(session)).toBe('out\n');
      expect(await session.exit).toEqual({ code: 3, signal: null });
      expect(session.stderr()).toBe('err\n');
      await connection.close();
    });

    it('lets an encrypted key in', async () => {
      const passphrase = { id: 'env PASS', read: async () => 'open sesame' };
      const connection = await open({ identityFile: path('id_locked'), passphrase });
      await connection.close();
    });

    it.each(['ed25519', 'rsa', 'ecdsa'])('is known by its %s key alone', async type => {
      const key = readFileSync(path(`host_${type}.pub`), 'utf8');
      const knownHostsPath = path(`known_${type}`);
      writeFileSync(knownHostsPath, `[127.0.0.1]:${endpoint.port} ${key}`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', knownHostsPath], { stdio: 'ignore' });
      expect(readFileSync(knownHostsPath, 'utf8')).toMatch(/^\|1\|/);
      const connection = await open({ hostKeys: 'strict', knownHostsPath });
      await connection.close();
    });

    it('has written a line that ssh-keygen finds', async () => {
      await (await open()).close();
      const found = execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${endpoint.port}`, '-f', path('known_hosts')], {
        encoding: 'utf8',
      });
      expect(found).toContain('ssh-ed25519');
    });

    it('sees one connection and one session for one program', async () => {
      const before = log().length;
      const connection = await open();
      const session = await connection.start(program('exit 0'), { as: 'best' });
      await session.exit;
      await connection.close();
      const seen = log().slice(before);
      expect(seen.match(/Accepted publickey/g)).toHaveLength(1);
      expect(seen.match(/Starting session/g)).toHaveLength(1);
      expect(seen).not.toContain('Failed none');
    });

    it('tells a program that was killed', async () => {
      const connection = await open();
      const session = await connection.start(program('kill -KILL $$'), { as: 'best' });
      const { code, signal } = await session.exit;
      // As a sudo user another shell stands between and gives 128 + 9.
      expect(code === null ? signal : code).toBe(code === null ? 'SIGKILL' : 137);
      await connection.close();
    });

    it('refuses a user that does not exist', async () => {
      await expect(open({ user: 'nodeprep-nobody' })).rejects.toMatchObject({ code: 'auth-failed' });
    });
  },
);

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
