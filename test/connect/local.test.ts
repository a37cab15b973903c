import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openLocal } from '../../src/connect/local.ts';
import { createSecretGate } from '../../src/connect/secret-gate.ts';
import { program, readAll } from './read-all.ts';

const open = () => openLocal({ host: 'here', secretGate: createSecretGate() });

describe('openLocal', () => {
  it('runs a program on this machine and tells its exit code', async () => {
    const connection = open();
    const session = await connection.start(program('echo out; echo err >&2; exit 3'), { as: 'best' });
    expect(await readAll(session)).toBe('out\n');
    expect(await session.exit).toEqual({ code: 3, signal: null });
    expect(session.stderr()).toBe('err\n');
    if (userInfo().uid === 0) expect(session.access).toEqual({ root: true, via: 'login' });
    await connection.close();
  });

  it('passes input', async () => {
    const session = await open().start(program('echo ready; cat; exit 0'), { as: 'best' });
    const stdout = session.stdout[Symbol.asyncIterator]();
    expect(String((await stdout.next()).value)).toBe('ready\n');
    session.write('more');
    session.endInput();
    expect(String((await stdout.next()).value)).toBe('more');
    expect(await session.exit).toEqual({ code: 0, signal: null });
  });

  it('ends with its signal, with its session and with the connection', async () => {
    const abort = new AbortController();
    const connection = open();
    const start = () => connection.start(program('cat'), { as: 'best', signal: abort.signal });
    const sessions = [await start(), await start(), await start()];
    sessions[0]?.close();
    expect(await sessions[0]?.exit).toEqual({ code: null, signal: null });
    abort.abort();
    expect(await sessions[1]?.exit).toEqual({ code: null, signal: null });
    await connection.close();
    expect(await sessions[2]?.exit).toEqual({ code: null, signal: null });
  });
});
