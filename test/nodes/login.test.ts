import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseProblem, bootNode, type LabNode, PW_PASSWORD, requireLab } from '../lab/index.ts';
import { findingOf, hostOf } from './support/cli.ts';
import { at, labSsh, openWorkplace, type Workplace } from './support/workplace.ts';

const reason = requireLab() ?? (await baseProblem('trixie'));
const passphrase = 'lab open sesame';

describe.skipIf(reason)(`logging in and becoming root${reason ? ` (${reason})` : ''}`, () => {
  let node: LabNode;
  let place: Workplace;
  let agentPid: number | undefined;

  beforeAll(async () => {
    place = await openWorkplace();
    node = await bootNode({ suite: 'trixie', packages: ['sudo-rs'] });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', place.path('locked')]);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', place.path('held')]);
    for (const name of ['locked', 'held'])
      await node.sh('cat >>/home/ops/.ssh/authorized_keys', { input: readFileSync(place.path(`${name}.pub`)) });
    // sudo-rs in the place of sudo, as Ubuntu has it.
    await node.sh(`dpkg-divert --quiet --rename --divert /usr/bin/sudo.ws --add /usr/bin/sudo
      ln -s ../lib/cargo/bin/sudo /usr/bin/sudo; sudo --version 2>&1 | grep -q '^sudo-rs'`);
  });
  afterAll(async () => {
    if (agentPid !== undefined) process.kill(agentPid);
    await node?.remove();
    place?.remove();
  });

  const inventoryOf = (name: string, ssh: object, more: object = {}) =>
    place.inventory(name, { host: at(node) }, { defaults: { ssh: { hostKeys: 'accept-new', ...ssh }, ...more } });
  const access = async (inventory: string, env: Readonly<Record<string, string>> = {}) => {
    const result = await place.json(['check', inventory], { env });
    expect(result.stdout + result.stderr).not.toContain(passphrase);
    return hostOf(result, 'host');
  };

  it('takes an encrypted key with its passphrase from the environment, and says what is wrong with another', async () => {
    const identityFile = place.path('locked');
    const ssh = { user: 'ops', identityFile, passphrase: { env: 'LAB_PASSPHRASE' } };
    const inventory = inventoryOf('locked', ssh);
    expect(findingOf(await access(inventory, { LAB_PASSPHRASE: passphrase }), 'root-access').status).toBe('pass');
    expect((await access(inventory, { LAB_PASSPHRASE: 'wrong' })).error).toMatchObject({
      code: 'key-unreadable',
      message: expect.stringContaining(
        'cannot be decrypted with the passphrase from environment variable LAB_PASSPHRASE',
      ),
    });
    expect((await access(inventory)).error).toMatchObject({
      code: 'key-unreadable',
      hint: 'export LAB_PASSPHRASE, or give ssh.passphrase another source (file, command, prompt).',
    });
  });

  it('takes a key that only an agent holds', async () => {
    const socket = place.path('agent.sock');
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    const said = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    agentPid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
    execFileSync('ssh-add', ['-q', place.path('held')], { env });
    const inventory = inventoryOf('agent', { user: 'ops' });
    expect(findingOf(await access(inventory, { SSH_AUTH_SOCK: socket }), 'root-access').status).toBe('pass');
    expect((await access(inventory)).error?.code).toBe('auth-failed');
  });

  const refusedPasswords = async () =>
    Number(
      await node.sh(
        "journalctl --sync; journalctl -b -o cat -t unix_chkpwd | grep -c 'check failed for user (pw)' || true",
      ),
    );

  it('becomes root by sudo-rs, with and without a password; a wrong one costs one attempt', async () => {
    const ops = findingOf(await access(inventoryOf('ops', labSsh)), 'root-access');
    expect(ops.status).toBe('pass');
    const sudo = { password: { env: 'LAB_SUDO' } };
    const pw = inventoryOf('pw', { ...labSsh, user: 'pw' }, { sudo });
    expect(findingOf(await access(pw, { LAB_SUDO: PW_PASSWORD }), 'root-access').status).toBe('pass');
    expect(await refusedPasswords()).toBe(0);

    expect((await access(pw, { LAB_SUDO: 'wrong' })).error).toMatchObject({
      code: 'sudo-password',
      message: expect.stringContaining('sudo refused the password from environment variable LAB_SUDO for user pw'),
    });
    // More attempts of PAM would come two seconds apart.
    await node.sh('while pgrep -u pw >/dev/null || pgrep -x sudo >/dev/null; do sleep 0.2; done');
    expect(await refusedPasswords()).toBe(1);

    const none = findingOf(await access(inventoryOf('none', { ...labSsh, user: 'pw' })), 'root-access');
    expect(none.message).toContain('sudo asks for a password for user pw and none is configured');
  });
});
