import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';
import { createSecretGate } from '../../src/connect/secret-gate.ts';
import { openSsh } from '../../src/connect/ssh.ts';
import { keygen, type LoopbackSshd, sshdProblem, startSshd } from './loopback-sshd.ts';
import { program, readAll } from './read-all.ts';

describe.skipIf(sshdProblem !== undefined)(
  `OpenSSH on loopback${sshdProblem === undefined ? '' : ` (skipped: ${sshdProblem})`}`,
  () => {
    let sshd: LoopbackSshd;
    const path = (name: string): string => sshd.path(name);
    const log = (): string => sshd.log();
    const open = async (more: Partial<HostEndpoint> = {}) =>
      openSsh({ ...sshd.endpoint, ...more }, { secretGate: createSecretGate() });

    beforeAll(async () => {
      sshd = await startSshd({
        makeKeys: at => {
          for (const type of ['ed25519', 'rsa', 'ecdsa'] as const) keygen(type, at(`id_${type}`));
          keygen('ed25519', at('id_locked'), 'open sesame');
          return ['id_ed25519', 'id_rsa', 'id_ecdsa', 'id_locked'];
        },
      });
    }, 60_000);
    afterAll(() => sshd?.close());

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
      writeFileSync(knownHostsPath, `[127.0.0.1]:${sshd.endpoint.port} ${key}`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', knownHostsPath], { stdio: 'ignore' });
      expect(readFileSync(knownHostsPath, 'utf8')).toMatch(/^\|1\|/);
      const connection = await open({ hostKeys: 'strict', knownHostsPath });
      await connection.close();
    });

    it('has written a line that ssh-keygen finds', async () => {
      await (await open()).close();
      const found = execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${sshd.endpoint.port}`, '-f', path('known_hosts')], {
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
