import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HostEndpoint } from '../../src/connect/endpoint.ts';
import { createSecretGate } from '../../src/connect/secret-gate.ts';
import { openSsh } from '../../src/connect/ssh.ts';
import { keygen, type LoopbackSshd, sshdProblem, startSshd } from './loopback-sshd.ts';

const others = ['id_other1', 'id_other2', 'id_other3', 'id_other4'];
const passphrase = 'open sesame';

/** A real ssh-agent, a real sshd that allows three keys, and the key that fits in the agent only. */
describe.skipIf(sshdProblem !== undefined)(
  `an SSH agent${sshdProblem === undefined ? '' : ` (skipped: ${sshdProblem})`}`,
  () => {
    let sshd: LoopbackSshd;
    let agent: string;
    let agentPid: number;
    const add = (...keys: readonly string[]): void => {
      for (const key of keys) execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: agent } });
    };
    /** Without the key that the server accepts as a file. */
    const open = async (more: Partial<HostEndpoint> = {}) => {
      const { identityFile: _, ...endpoint } = sshd.endpoint;
      const connection = await openSsh({ ...endpoint, agent, ...more }, { secretGate: createSecretGate() });
      await connection.close();
    };
    const failuresIn = async (login: () => Promise<void>): Promise<number> => {
      const before = sshd.log().length;
      await login();
      return (
        sshd
          .log()
          .slice(before)
          .match(/Failed publickey/g)?.length ?? 0
      );
    };

    beforeAll(async () => {
      sshd = await startSshd({
        makeKeys: path => {
          for (const name of ['id_fits', ...others]) keygen('ed25519', path(name));
          keygen('ed25519', path('id_locked'), passphrase);
          // ssh-agent has been given what the file keeps behind a passphrase.
          writeFileSync(path('id_unlocked'), readFileSync(path('id_locked')), { mode: 0o600 });
          execFileSync('ssh-keygen', ['-q', '-p', '-P', passphrase, '-N', '', '-f', path('id_unlocked')]);
          return ['id_fits', 'id_locked'];
        },
        settings: ['MaxAuthTries 3'],
      });
      agent = sshd.path('agent.sock');
      const said = execFileSync('ssh-agent', ['-a', agent], { encoding: 'utf8' });
      agentPid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
    }, 60_000);
    afterEach(() => void execFileSync('ssh-add', ['-q', '-D'], { env: { ...process.env, SSH_AUTH_SOCK: agent } }));
    afterAll(() => {
      process.kill(agentPid);
      sshd?.close();
    });

    it('lets in with a key that is nowhere else', async () => {
      add(sshd.path('id_fits'));
      expect(await failuresIn(() => open())).toBe(0);
    });

    it('lets in with the last of several keys, as many as sshd allows', async () => {
      add(...others.slice(0, 2).map(sshd.path), sshd.path('id_fits'));
      expect(await failuresIn(() => open())).toBe(2);
    });

    it('with more keys than sshd allows is told as that, with the way out', async () => {
      add(...others.map(sshd.path), sshd.path('id_fits'));
      await expect(open()).rejects.toMatchObject({
        code: 'auth-failed',
        message: expect.stringMatching(/does not let .* in \(tried agent, too many/),
        hint: expect.stringContaining('ssh.identityFile'),
      });
    });

    it.each([
      ['encrypted key', 'id_locked'],
      ['public key', 'id_locked.pub'],
    ])('is asked first for the %s that the inventory names, though it holds many others', async (_, file) => {
      add(...others.map(sshd.path), sshd.path('id_unlocked'));
      expect(await failuresIn(() => open({ identityFile: sshd.path(file) }))).toBe(0);
    });

    it('is asked first for the encrypted key also where its public half is not at hand', async () => {
      add(...others.map(sshd.path), sshd.path('id_unlocked'));
      writeFileSync(sshd.path('id_alone'), readFileSync(sshd.path('id_locked')), { mode: 0o600 });
      expect(await failuresIn(() => open({ identityFile: sshd.path('id_alone') }))).toBe(0);
      rmSync(sshd.path('id_alone'));
    });

    it('does not hold the key that the inventory names: the others are tried, and the message names both', async () => {
      add(sshd.path('id_other1'));
      await expect(open({ identityFile: sshd.path('id_locked') })).rejects.toMatchObject({
        code: 'auth-failed',
        message: expect.stringMatching(/tried agent.*id_locked is encrypted and no passphrase is configured/),
      });
    });
  },
);
