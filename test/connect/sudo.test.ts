import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connect/connection.ts';
import { createSecretGate, type SecretGate } from '../../src/connect/secret-gate.ts';
import { openSsh } from '../../src/connect/ssh.ts';
import { type FakeSudo, type FakeSudoOptions, fakeSudo } from './fake-sudo.ts';
import { program, readAll } from './read-all.ts';
import { startServer, type TestServer } from './ssh-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Host {
  readonly sudo: FakeSudo;
  readonly server: TestServer;
  open(password?: string, gate?: SecretGate, startTimeoutMs?: number): Promise<Connection>;
}

const host = async (
  options: FakeSudoOptions,
  name = 'h1',
  shell?: (env: Record<string, string>) => Record<string, string>,
): Promise<Host> => {
  const sudo = fakeSudo(options);
  const server = await startServer({ env: shell === undefined ? sudo.env : shell({ ...sudo.env }) });
  cleanups.push(sudo.remove, server.close);
  return {
    sudo,
    server,
    async open(password, gate = createSecretGate(), startTimeoutMs = 10_000) {
      const sudoPassword = password === undefined ? {} : { sudoPassword: { id: 'env PW', read: async () => password } };
      const connection = await openSsh(
        { ...server.endpoint, host: name, ...sudoPassword },
        { secretGate: gate, startTimeoutMs },
      );
      cleanups.push(connection.close);
      return connection;
    },
  };
};

const HELLO = program('echo hello; exit 3');
const LECTURE = `
We trust you have received the usual lecture from the local System
Administrator. It usually boils down to these three things:

    #1) Respect the privacy of others.
    #2) Think before you type.
    #3) With great power comes great responsibility.

`;

const runHello = async (connection: Connection, as: 'root' | 'best' = 'best') => {
  const session = await connection.start(HELLO, { as });
  const output = await readAll(session);
  return { access: session.access, output, exit: await session.exit };
};

const ROOT = { access: { root: true, via: 'sudo' }, output: 'hello\n', exit: { code: 3, signal: null } };

describe('sudo without a password', () => {
  it.each(['root', 'best'] as const)('becomes root in one exec (%s)', async as => {
    const { open, server, sudo } = await host({ behaviour: 'nopasswd' });
    expect(await runHello(await open(), as)).toEqual(ROOT);
    expect(server.commands).toHaveLength(1);
    expect(sudo.calls()).toEqual(['sudo -n']);
  });

  it.each([0, 1, 2, 121, 127, 255].map(code => ({ code })))(
    'tells exit $code of the program as it is',
    async ({ code }) => {
      const { open } = await host({ behaviour: 'nopasswd' });
      const connection = await open();
      const session = await connection.start(program(`exit ${code}`), { as: 'best' });
      // 121 stands for 1 on the way; no program of ours ends with it.
      expect(await session.exit).toEqual({ code: code === 121 ? 1 : code, signal: null });
    },
  );

  it.each([
    {
      behaviour: 'password',
      reason: 'sudo asks for a password for user ops and none is configured',
      code: 'sudo-password',
    },
    { behaviour: 'requiretty', reason: 'sudo wants a terminal (requiretty)', code: 'sudo-refused' },
    { behaviour: 'absent', reason: 'sudo is not installed', code: 'sudo-refused' },
  ] as const)(
    '$behaviour: runs as the user in the same exec, or fails with $code',
    async ({ behaviour, reason, code }) => {
      const { open, server } = await host({ behaviour });
      const best = await open();
      if (behaviour !== 'absent') {
        expect(await runHello(best)).toEqual({ ...ROOT, access: { root: false, reason } });
        expect(server.commands).toHaveLength(1);
      }
      const connection = await open();
      await expect(connection.start(HELLO, { as: 'root' })).rejects.toMatchObject({ code, message: reason });
    },
  );

  it('does not ask a sudo again that refused', async () => {
    const { open, sudo } = await host({ behaviour: 'password' });
    const connection = await open();
    await runHello(connection);
    const second = await runHello(connection);
    expect(second.access.root).toBe(false);
    expect(sudo.calls()).toHaveLength(1);
    await expect(connection.start(HELLO, { as: 'root' })).rejects.toMatchObject({ code: 'sudo-password' });
    expect(sudo.calls()).toHaveLength(1);
  });
});

describe('sudo with a password', () => {
  it('gives it once, and again for the next program', async () => {
    const { open, sudo } = await host({ behaviour: 'password', password: 'right' });
    const connection = await open('right');
    expect(await runHello(connection)).toEqual(ROOT);
    expect(await runHello(connection, 'root')).toEqual(ROOT);
    expect(sudo.attempts()).toEqual(['right', 'right']);
  });

  it.each(['root', 'best'] as const)('costs one attempt where it is wrong (%s)', async as => {
    const { open, sudo, server } = await host({ behaviour: 'password', password: 'right' });
    const connection = await open('wrong');
    await expect(connection.start(HELLO, { as })).rejects.toMatchObject({
      code: 'sudo-password',
      message: expect.stringContaining('sudo refused the password from env PW for user ops'),
      hint: expect.stringContaining('env PW'),
    });
    expect(sudo.attempts()).toEqual(['wrong']);
    expect(server.commands).toHaveLength(1);
    expect(server.commands.join()).not.toContain('wrong');
  });

  it('costs one attempt of sudo-rs too, which takes the end of its input for more', async () => {
    const { open, sudo, server } = await host({ behaviour: 'rust', password: 'right' });
    await expect((await open('wrong')).start(HELLO, { as: 'best' })).rejects.toMatchObject({
      code: 'sudo-password',
      message: expect.stringContaining('sudo refused the password from env PW for user ops'),
    });
    expect(sudo.attempts()).toEqual(['wrong']);
    expect(server.commands).toHaveLength(1);
    expect(await runHello(await open('right'))).toEqual(ROOT);
  });

  it('is not needed where sudo does not ask; the next program goes without it', async () => {
    const { open, sudo } = await host({ behaviour: 'nopasswd' });
    const connection = await open('whatever');
    expect(await runHello(connection)).toEqual(ROOT);
    expect(await runHello(connection)).toEqual(ROOT);
    expect(sudo.calls()).toEqual(['sudo -S', 'sudo -n']);
  });

  it('skips the usual lecture', async () => {
    const { open, server } = await host({ behaviour: 'password', password: 'right', lecture: LECTURE });
    expect(await runHello(await open('right'))).toEqual(ROOT);
    expect(server.commands).toHaveLength(1);
  });

  it('counts one attempt for a wrong password after the lecture', async () => {
    const { open, sudo } = await host({ behaviour: 'password', password: 'right', lecture: LECTURE });
    const connection = await open('wrong');
    await expect(connection.start(HELLO, { as: 'best' })).rejects.toMatchObject({ code: 'sudo-password' });
    expect(sudo.attempts()).toEqual(['wrong']);
  });

  it.each([true, false])(
    'closes the input on words it does not know, then trusts them (once: %s)',
    async lectureOnce => {
      const { open, server, sudo } = await host({
        behaviour: 'password',
        password: 'right',
        lecture: 'Behave!\n',
        lectureOnce,
      });
      const connection = await open('right');
      expect(await runHello(connection)).toEqual(ROOT);
      expect(server.commands).toHaveLength(2);
      expect(await runHello(connection)).toEqual(ROOT);
      expect(server.commands).toHaveLength(3);
      expect(sudo.attempts()).toEqual(['right', 'right', 'right']);
    },
  );

  it('finds no second answer at a prompt of another kind', async () => {
    const { open, sudo } = await host({ behaviour: 'password', password: 'right', lecture: 'Verification code: ' });
    const connection = await open('wrong');
    await expect(connection.start(HELLO, { as: 'best' })).rejects.toMatchObject({ code: 'sudo-password' });
    expect(sudo.attempts()).toEqual(['wrong']);
  });

  it('runs as the user where the password is right and the sudoers file says no', async () => {
    const { open, sudo } = await host({ behaviour: 'not-in-sudoers', password: 'right' });
    const connection = await open('right');
    const { access } = await runHello(connection);
    expect(access).toEqual({ root: false, reason: 'ops is not in the sudoers file' });
    await runHello(connection);
    expect(sudo.attempts()).toEqual(['right']);
    await expect(connection.start(HELLO, { as: 'root' })).rejects.toMatchObject({ code: 'sudo-refused' });
  });

  it('gives up on a sudo that never answers', async () => {
    const { open, sudo } = await host({ behaviour: 'silent', password: 'right' });
    const connection = await open('right', createSecretGate(), 300);
    await expect(connection.start(HELLO, { as: 'best' })).rejects.toMatchObject({
      code: 'connect-timeout',
      message: expect.stringContaining('sudo on h1 did not answer'),
    });
    expect(sudo.attempts()).toEqual(['right']);
  });

  it.each([
    { password: '', message: /is empty/ },
    { password: 'a\nb', message: /line break/ },
  ])('does not try a password that cannot be one ($message)', async ({ password, message }) => {
    const { open, sudo } = await host({ behaviour: 'password', password: 'right' });
    const connection = await open(password);
    await expect(connection.start(HELLO, { as: 'best' })).rejects.toThrow(message);
    expect(sudo.attempts()).toEqual([]);
  });
});

describe('a password shared by hosts', () => {
  const settled = async (hosts: readonly Host[], password: string) => {
    const gate = createSecretGate();
    const connections = await Promise.all(hosts.map(each => each.open(password, gate)));
    return Promise.allSettled(connections.map(connection => runHello(connection)));
  };
  const hosts = (options: readonly FakeSudoOptions[]) =>
    Promise.all(options.map((each, index) => host(each, `h${index}`)));
  const same = (count: number, options: FakeSudoOptions) => hosts(Array.from({ length: count }, () => options));

  it('is tried on one host when it is wrong; the others name that host', async () => {
    const all = await same(6, { behaviour: 'password', password: 'right' });
    const results = await settled(all, 'wrong');
    expect(all.flatMap(each => each.sudo.attempts())).toEqual(['wrong']);
    expect(all.flatMap(each => each.sudo.calls())).toEqual(['sudo -S']);
    const messages = results.map(result => (result.status === 'rejected' ? String(result.reason.message) : ''));
    expect(messages.filter(text => text.startsWith('sudo refused the password from env PW for user ops'))).toHaveLength(
      1,
    );
    expect(
      messages.filter(text => /^sudo refused the password from env PW on h\d; it was not tried here/.test(text)),
    ).toHaveLength(5);
  });

  it('is used everywhere when it is right', async () => {
    const all = await same(4, { behaviour: 'password', password: 'right' });
    const results = await settled(all, 'right');
    expect(results.map(result => result.status)).toEqual(Array.from({ length: 4 }, () => 'fulfilled'));
    expect(all.map(each => each.sudo.attempts())).toEqual(Array.from({ length: 4 }, () => ['right']));
  });

  it('is not proven by a host that did not read it', async () => {
    const password = { behaviour: 'password', password: 'right' } as const;
    const all = await hosts([{ behaviour: 'nopasswd' }, password, password, { behaviour: 'nopasswd' }, password]);
    const results = await settled(all, 'wrong');
    expect(results.map(result => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect(all.flatMap(each => each.sudo.attempts())).toEqual(['wrong']);
  });
});
