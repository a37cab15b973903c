import { writeFileSync } from 'node:fs';
import type { ServerChannel } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection, Session } from '../../src/connect/connection.ts';
import { createSecretGate } from '../../src/connect/secret-gate.ts';
import { openSsh, type SshOptions } from '../../src/connect/ssh.ts';
import { fakeSudo } from './fake-sudo.ts';
import { program, readAll } from './read-all.ts';
import { startServer, type TestServer, type TestServerOptions } from './ssh-server.ts';
import { startProxy } from './tcp-proxy.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const serve = async (options: TestServerOptions = {}): Promise<TestServer> => {
  const sudo = fakeSudo({ behaviour: 'nopasswd' });
  const server = await startServer({ env: sudo.env, ...options });
  cleanups.push(sudo.remove, server.close);
  return server;
};

const open = async (server: TestServer, options: Partial<SshOptions> = {}): Promise<Connection> => {
  const connection = await openSsh(server.endpoint, { secretGate: createSecretGate(), ...options });
  cleanups.push(connection.close);
  return connection;
};

/** Answers like the reader of elevation.ts and then lets the test be the program. */
const asProgram = (run: (channel: ServerChannel, server: TestServer) => void): TestServerOptions => ({
  onExec: (channel, command) => {
    const [left, right] = command.split(' ').slice(-2);
    channel.write(`${left}${right} ready login\n${left}${right} go 0\n`);
    run(channel, current());
  },
});
let current: () => TestServer = () => {
  throw new Error('no server yet');
};
const startAs = async (run: (channel: ServerChannel, server: TestServer) => void): Promise<Session> => {
  const server = await serve(asProgram(run));
  current = () => server;
  return (await open(server)).start(program('true'), { as: 'best' });
};

describe('a session', () => {
  it.each([0, 3])('tells the exit code %i', async code => {
    const session = await (await open(await serve())).start(program(`echo out; echo err >&2; exit ${code}`), {
      as: 'best',
    });
    expect(await readAll(session)).toBe('out\n');
    expect(await session.exit).toEqual({ code, signal: null });
    expect(session.stderr()).toBe('err\n');
  });

  it('tells the exit although nobody reads the output', async () => {
    const session = await (await open(await serve())).start(program('echo unread; exit 4'), { as: 'best' });
    expect(await session.exit).toEqual({ code: 4, signal: null });
  });

  it('tells the signal that killed the program', async () => {
    const session = await startAs(channel => {
      channel.exit('KILL', false, '');
      channel.end();
    });
    expect(await session.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('has no exit code where the channel closes without one', async () => {
    const session = await startAs(channel => {
      channel.write('half an answ');
      channel.close();
    });
    expect(await readAll(session)).toBe('half an answ');
    expect(await session.exit).toEqual({ code: null, signal: null });
  });

  it('has no exit code where the connection is cut', async () => {
    const session = await startAs((channel, server) => {
      channel.write('half', () => server.connections.at(-1)?.end());
    });
    expect(await readAll(session)).toBe('half');
    expect(await session.exit).toEqual({ code: null, signal: null });
  });

  it('refuses to start on a connection that was cut', async () => {
    const server = await serve();
    const connection = await open(server);
    const session = await connection.start(program('cat'), { as: 'best' });
    server.connections.at(-1)?.end();
    await session.exit;
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({ code: 'connect-failed' });
  });

  it('gives bytes as bytes, also where a character is split over two chunks', async () => {
    const session = await startAs(channel => {
      const bytes = Buffer.from('aé€\u{1f600}z');
      channel.write(bytes.subarray(0, 2));
      channel.write(bytes.subarray(2, 6));
      channel.end(bytes.subarray(6));
      channel.exit(0);
    });
    expect(await readAll(session)).toBe('aé€\u{1f600}z');
  });

  it('passes input once the program has said that it reads', async () => {
    const session = await (await open(await serve())).start(program('echo ready; cat'), { as: 'best' });
    const stdout = session.stdout[Symbol.asyncIterator]();
    expect(String((await stdout.next()).value)).toBe('ready\n');
    session.write('one ');
    session.write(Buffer.from('two'));
    session.endInput();
    expect(String((await stdout.next()).value)).toMatch(/^one/);
    expect(await session.exit).toEqual({ code: 0, signal: null });
  });

  it('keeps only the end of endless standard error', async () => {
    const session = await (await open(await serve())).start(
      program(
        'i=0; while [ $i -lt 3000 ]; do echo "$i xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" >&2; i=$((i+1)); done; exit 0',
      ),
      { as: 'best' },
    );
    expect(await session.exit).toEqual({ code: 0, signal: null });
    expect(session.stderr().length).toBeLessThanOrEqual(64 * 1024);
    expect(session.stderr()).toContain('2999 xx');
  });

  it('leaves on the host what nobody reads', async () => {
    let taken = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const session = await startAs(channel => {
      const more = (): void => {
        while (taken < 50_000_000 && channel.writable) {
          taken += chunk.length;
          if (!channel.write(chunk)) return;
        }
      };
      channel.on('drain', more);
      more();
    });
    const stdout = session.stdout[Symbol.asyncIterator]();
    await stdout.next();
    await new Promise(resolve => setTimeout(resolve, 200));
    // ssh2 keeps 2 MiB on either side of the window, whatever the host would send.
    expect(taken).toBeLessThan(10_000_000);
    session.close();
    expect(await session.exit).toEqual({ code: null, signal: null });
  });

  it('is closed when the reader stops early', async () => {
    const session = await (await open(await serve())).start(program('while echo line; do :; done'), { as: 'best' });
    for await (const chunk of session.stdout) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect((await session.exit).code).not.toBe(0);
  });

  it('ends with its signal', async () => {
    const abort = new AbortController();
    const connection = await open(await serve());
    const session = await connection.start(program('cat'), { as: 'best', signal: abort.signal });
    abort.abort();
    expect(await session.exit).toEqual({ code: null, signal: null });
    expect(await readAll(session)).toBe('');
    await expect(connection.start(program('true'), { as: 'best', signal: abort.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('can be aborted while the login shell hangs', async () => {
    const abort = new AbortController();
    const server = await serve({ onExec: () => abort.abort() });
    const connection = await open(server);
    await expect(connection.start(program('true'), { as: 'best', signal: abort.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('does not run half a program', async () => {
    const session = await (await open(await serve())).start('main() {\necho ran\n', { as: 'best' });
    session.endInput();
    expect(await readAll(session)).not.toContain('ran');
    expect((await session.exit).code).not.toBe(0);
  });
});

describe('noise before the program', () => {
  const noisy = (noise: string | Buffer, stderr = ''): TestServerOptions => ({
    onExec: (channel, command) => {
      const [left, right] = command.split(' ').slice(-2);
      channel.stderr.write(stderr);
      channel.write(noise);
      channel.write(`${left}${right} ready login\n`);
      channel.write(`${left}${right} go 0\nanswer`);
      channel.exit(0);
      channel.end();
    },
  });

  it.each([
    ['a message of the day', 'Welcome to Debian\nlast login: never\n'],
    ['no line end', 'prompt$ '],
    ['terminal escapes and binary', Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0, 0xff, 0xfe, 7])],
    ['300 KiB', 'x'.repeat(300 * 1024)],
  ])('is skipped: %s', async (_, noise) => {
    const connection = await open(await serve(noisy(noise, 'bash: warning: setlocale\n')));
    const session = await connection.start(program('true'), { as: 'best' });
    expect(await readAll(session)).toBe('answer');
  });

  it('is not mistaken for an answer when it echoes the command', async () => {
    const server = await serve({
      onExec: (channel, command) => {
        channel.write(`running ${command}\n`);
        channel.exit(0);
        channel.end();
      },
    });
    await expect((await open(server)).start(program('true'), { as: 'best' })).rejects.toMatchObject({
      code: 'no-shell',
    });
  });

  it('is bounded', async () => {
    const server = await serve({
      onExec: channel => {
        const more = (): void => {
          while (channel.writable && channel.write('noise '.repeat(5000)));
        };
        channel.on('drain', more);
        more();
      },
    });
    await expect((await open(server)).start(program('true'), { as: 'best' })).rejects.toMatchObject({
      code: 'answer-too-large',
      message: expect.stringContaining('It said: noise noise'),
    });
  });

  it('may not last for ever', async () => {
    const connection = await open(await serve({ onExec: () => undefined }), { startTimeoutMs: 200 });
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({
      code: 'connect-timeout',
      message: expect.stringContaining('the login shell of ops on h1 did not answer'),
    });
  });
});

describe('a login that runs no commands', () => {
  it.each([
    { said: 'This account is currently not available.\n', code: 1, message: /the account of ops has no login shell/ },
    {
      said: "rbash: line 1: /bin/sh: restricted: cannot specify `/' in command names\n",
      code: 1,
      message: /is restricted/,
    },
    { said: 'This service allows sftp connections only.\n', code: 1, message: /may only use SFTP/ },
    { said: "fatal: unrecognized command '/bin/sh'\n", code: 128, message: /git-shell/ },
    { said: 'Password change required but no TTY available.\n', code: 1, message: /must be changed/ },
    {
      said: '',
      code: 0,
      message: /something else than our command ran for ops \(a forced command\?\) on h1 \(exit 0\)\.$/,
    },
    { said: '\u001b[2Jhello\u0007\n', code: 0, message: /It said: \[2Jhello/ },
  ])('is named: $message', async ({ said, code, message }) => {
    const server = await serve({
      onExec: channel => {
        channel.stderr.write(said);
        channel.exit(code);
        channel.end();
      },
    });
    await expect((await open(server)).start(program('true'), { as: 'best' })).rejects.toMatchObject({
      code: 'no-shell',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('usermod -s /bin/sh ops'),
    });
  });

  it('is named where the server refuses the request', async () => {
    const connection = await open(await serve({ rejectExec: true }));
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({ code: 'no-shell' });
  });

  it('is not blamed where the connection was lost before the server answered', async () => {
    const connection = await open(await serve({ cutAtExec: true }));
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({ code: 'connect-failed' });
  });

  it('is named where no session can be opened', async () => {
    const connection = await open(await serve({ rejectSession: true }));
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('opens no session'),
    });
  });

  it('is told apart from a session that was closed without an exit status', async () => {
    const connection = await open(await serve({ onExec: channel => channel.close() }));
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({ code: 'no-answer' });
  });
});

describe('a silent connection', () => {
  it('is given up after three unanswered signs of life', async () => {
    const server = await serve();
    const proxy = await startProxy(server.port);
    cleanups.push(proxy.close);
    writeFileSync(server.endpoint.knownHostsPath, `[127.0.0.1]:${proxy.port} ${server.hostKey.public}\n`);
    const endpoint = { ...server.endpoint, port: proxy.port };
    const connection = await openSsh(endpoint, { secretGate: createSecretGate(), keepaliveIntervalMs: 100 });
    cleanups.push(connection.close);
    const session = await connection.start(program('cat'), { as: 'best' });
    proxy.freeze();
    expect(await session.exit).toEqual({ code: null, signal: null });
    await expect(connection.start(program('true'), { as: 'best' })).rejects.toMatchObject({
      message: expect.stringContaining('Keepalive timeout'),
    });
  });
});

it('tells a key that cannot be used apart from a host that refuses it', async () => {
  const server = await serve();
  writeFileSync(server.endpoint.identityFile ?? '', 'garbage', { mode: 0o600 });
  await expect(open(server)).rejects.toMatchObject({ code: 'key-unreadable' });
});
