import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Connection, Session } from '../../src/connect/connection.ts';
import { askCri } from '../../src/cri/ask-cri.ts';
import { type BridgeTool, bridgeProgram, bridgeTools } from '../../src/cri/bridge-program.ts';
import { type Script, startCriServer } from './cri-server.ts';
import { shellConnection } from './shell-connection.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const runtime = async (script: Script = {}) => {
  const server = await startCriServer(script);
  closers.push(server.close);
  return server.path;
};

/** A socket whose other side does as it is told. */
const rawSocket = async (talk: (socket: Socket) => void) => {
  const directory = mkdtempSync(join(tmpdir(), 'cri-raw-'));
  const path = join(directory, 'raw.sock');
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return path;
};

const has = (tool: BridgeTool): boolean => {
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return false;
  return tool !== 'nc' || /-U/.test(String(spawnSync('nc', ['-h']).stderr));
};
const reasonOf = async (answer: ReturnType<typeof askCri>) => {
  const told = await answer;
  expect(told.answered).toBe(false);
  return told.answered ? '' : told.reason;
};

describe.each(bridgeTools)('over %s', tool => {
  it.skipIf(!has(tool))('brings back what the runtime says', async () => {
    const big = 'x'.repeat(300_000);
    const socket = await runtime({
      status: {
        status: {
          conditions: [
            { type: 'RuntimeReady', status: true },
            { type: 'NetworkReady', status: false, message: big },
          ],
        },
        info: {
          config: JSON.stringify({ sandboxImage: 'pause', registry: { auths: { a: { password: 'hunter2' } } } }),
        },
        runtimeHandlers: [{ name: '' }, { name: 'runc' }],
      },
      config: { linux: { cgroupDriver: 1 } },
      sandboxes: { items: [{ id: 'a' }, { id: 'b' }] },
    });
    const connection = shellConnection();
    expect(await askCri(connection, socket, { timeoutMs: 15_000, tools: [tool] })).toEqual({
      answered: true,
      runtimeName: 'containerd',
      runtimeVersion: '2.1.4',
      conditions: [
        { type: 'RuntimeReady', status: true, reason: '', message: '' },
        { type: 'NetworkReady', status: false, reason: '', message: big },
      ],
      config: { sandboxImage: 'pause' },
      cgroupDriver: 'cgroupfs',
      handlers: ['runc'],
      sandboxes: 2,
      proofs: 0,
    });
    expect(connection.sessions).toHaveLength(1);
    await expect(connection.sessions[0]?.exit).resolves.toBeDefined();
  });

  it.skipIf(!has(tool))('carries bytes both ways and says the end of one direction', async () => {
    const socket = await rawSocket(peer => {
      let seen = 0;
      peer.on('data', block => {
        seen += block.length;
      });
      peer.on('end', () => peer.end(`saw ${seen}`));
    });
    const session = await shellConnection().start(bridgeProgram(socket, 'm', 30, [tool]), { as: 'best' });
    let told = '';
    for await (const block of session.stdout) {
      if (told === '') {
        session.write(Buffer.alloc(500_000, 0x80));
        session.endInput();
      }
      told += block.toString('latin1');
    }
    expect(told).toBe(`BRIDGE m ${tool}\nsaw 500000`);
    expect((await session.exit).code).toBe(0);
  });
});

describe('without an answer', () => {
  const ask = (socket: string, over: object = {}) => askCri(shellConnection(), socket, { timeoutMs: 15_000, ...over });

  it('says that RuntimeConfig is not there, as null', async () => {
    const answer = await ask(await runtime());
    expect(answer).toMatchObject({ answered: true, cgroupDriver: null, handlers: [], config: undefined });
  });

  it('reads systemd from the default of the enum, and nothing from an answer without linux', async () => {
    expect(await ask(await runtime({ config: { linux: {} } }))).toMatchObject({ cgroupDriver: 'systemd' });
    expect(await ask(await runtime({ config: {} }))).toMatchObject({ cgroupDriver: null });
    expect(await ask(await runtime({ config: { linux: { cgroupDriver: 7 } } }))).toMatchObject({ cgroupDriver: null });
  });

  it('says that the CRI plugin is off', async () => {
    expect(await reasonOf(ask(await runtime({ version: 'unimplemented' })))).toContain(
      'CRI plugin is off or did not load',
    );
  });

  it('says that there is no socket', async () => {
    expect(await reasonOf(ask('/nowhere/runtime.sock'))).toBe('there is no such socket');
  });

  it.each(bridgeTools.filter(has))('says over %s that nothing listens', async tool => {
    const stale = mkdtempSync(join(tmpdir(), 'cri-stale-'));
    closers.push(() => rmSync(stale, { recursive: true, force: true }));
    // A server that dies without closing leaves its socket behind.
    const bind = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', bind, `${stale}/s`]).signal).toBe('SIGKILL');
    expect(await reasonOf(ask(`${stale}/s`, { tools: [tool] }))).toBe(
      'nothing listens at the socket: Connection refused',
    );
  });

  it('says that the host has nothing to reach the socket with', async () => {
    const socket = await runtime();
    const bare = shellConnection(['/bin/sh', '-s'], { PATH: '/nonexistent' });
    const reason = await reasonOf(askCri(bare, socket, { timeoutMs: 15_000 }));
    expect(reason).toContain('no socat, python3, perl or nc -U');
  });

  it('takes the next tool where one is there and does not work', async () => {
    const socket = await runtime({ config: { linux: {} } });
    const directory = mkdtempSync(join(tmpdir(), 'cri-path-'));
    closers.push(() => rmSync(directory, { recursive: true, force: true }));
    spawnSync('sh', ['-c', `printf '#!/bin/sh\\nexit 1\\n' > ${directory}/python3; chmod +x ${directory}/python3`]);
    const connection = shellConnection(['sh', '-s'], { ...process.env, PATH: `${directory}:${process.env.PATH}` });
    const answer = await askCri(connection, socket, { timeoutMs: 15_000, tools: ['python3', 'perl'] });
    expect(answer).toMatchObject({ answered: true, cgroupDriver: 'systemd' });
  });

  it.each<[string, Script]>([
    ['Version', { version: 'hang' }],
    ['Status', { status: 'hang' }],
  ])('does not wait for a %s that never comes', async (_name, script) => {
    expect(await reasonOf(ask(await runtime(script), { timeoutMs: 1_500 }))).toBe('no answer within 1.5 s');
  });

  it('does not wait for a socket that accepts and says nothing, and leaves no process', async () => {
    const socket = await rawSocket(() => {});
    const connection = shellConnection();
    expect(await reasonOf(askCri(connection, socket, { timeoutMs: 1_500 }))).toBe('no answer within 1.5 s');
    await expect(connection.sessions[0]?.exit).resolves.toBeDefined();
  });

  it('is not put out by garbage', async () => {
    const socket = await rawSocket(peer => peer.end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(50)));
    expect(await reasonOf(ask(socket))).toMatch(/does not answer as CRI|connection to the runtime ended/);
  });

  it('stops a runtime that never stops talking', async () => {
    const socket = await rawSocket(peer => {
      const block = Buffer.alloc(65_536, 0x41);
      const flood = () => {
        while (!peer.destroyed && peer.write(block));
      };
      peer.on('drain', flood);
      flood();
    });
    expect(await reasonOf(ask(socket))).not.toBe('');
  });

  it('says that the connection was lost', async () => {
    const socket = await rawSocket(peer => peer.once('data', () => peer.destroy()));
    expect(await reasonOf(ask(socket))).toContain('connection to the runtime ended');
  });

  it('stops when the run is interrupted', async () => {
    const socket = await rawSocket(() => {});
    const controller = new AbortController();
    const answer = ask(socket, { signal: controller.signal });
    controller.abort();
    expect(await reasonOf(answer)).toBe('interrupted');
  });

  it('leaves nothing behind here', async () => {
    const [quick, hanging] = [await runtime(), await runtime({ version: 'hang' })];
    // A directory of its own: other test files open bridges at the same time.
    const scratch = mkdtempSync(join(tmpdir(), 'cri-scratch-'));
    closers.push(() => rmSync(scratch, { recursive: true, force: true }));
    vi.stubEnv('TMPDIR', scratch);
    closers.push(() => void vi.unstubAllEnvs());
    await ask(quick);
    await ask(hanging, { timeoutMs: 500 });
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('hosts that do not behave', () => {
  const saying = (output: string | Buffer, stderr = ''): Connection => ({
    host: 'a',
    address: 'a',
    start: async () =>
      ({
        access: { root: false, reason: '' },
        stdout: (async function* () {
          yield Buffer.from(output);
        })(),
        stderr: () => stderr,
        write: () => {},
        drained: async () => undefined,
        endInput: () => {},
        exit: Promise.resolve({ code: null, signal: null }),
        close: () => {},
      }) satisfies Session,
    close: async () => {},
  });

  it.each([
    ['nothing', '', 'the session ended before the runtime was reached'],
    ['noise', 'Welcome\n'.repeat(20_000), 'the host sent more than 64 KiB instead of an answer'],
    ['a forged line', 'BRIDGE 0000 perl\n', 'the session ended before the runtime was reached'],
  ])('%s', async (_name, output, reason) => {
    expect(await reasonOf(askCri(saying(output), '/s', { timeoutMs: 5_000 }))).toBe(reason);
  });

  it('tells the last words, escaped', async () => {
    const reason = await reasonOf(askCri(saying('', 'sorry\nno \u001b[31mshell'), '/s', { timeoutMs: 5_000 }));
    expect(reason).toContain('no \\x1b[31mshell');
  });

  it('gives the reason when no session can be had', async () => {
    const connection: Connection = { ...saying(''), start: () => Promise.reject(new Error('lost')) };
    expect(await reasonOf(askCri(connection, '/s', { timeoutMs: 5_000 }))).toBe('lost');
  });
});

describe('a recorded host', () => {
  const replayed = (cri: Readonly<Record<string, unknown>>) =>
    ({
      ...shellConnection(),
      replay: {
        schemaVersion: 1,
        host: 'a',
        address: 'a',
        access: { root: false, reason: '' },
        sentAt: 0,
        receivedAt: 0,
        items: {},
        cri,
      },
    }) as Connection;

  it('answers from the recording', async () => {
    const recorded = { answered: false, reason: 'there is no such socket' };
    expect(await askCri(replayed({ '/s': recorded }), '/s', { timeoutMs: 1 })).toEqual(recorded);
  });

  it('says that it does not know', async () => {
    expect(await reasonOf(askCri(replayed({ '/s': 7 }), '/s', { timeoutMs: 1 }))).toContain(
      'recording holds no answer',
    );
  });
});
