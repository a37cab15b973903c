import { describe, expect, it } from 'vitest';
import { createSecretGate } from '../../src/connect/secret-gate.ts';

const first = { probed: false, signal: undefined };
const probed = { probed: true, signal: undefined };

describe('createSecretGate', () => {
  it('lets one host prove while the others wait, then all use it', async () => {
    const gate = createSecretGate();
    expect(await gate.enter('s', 'a', first)).toBe('prove');
    const waiting = [gate.enter('s', 'b', first), gate.enter('s', 'c', first)];
    gate.settle('s', 'a', 'proven');
    expect(await Promise.all(waiting)).toEqual(['use', 'use']);
  });

  it('refuses the others after one refusal, and names the host', async () => {
    const gate = createSecretGate();
    await gate.enter('s', 'a', first);
    const waiting = gate.enter('s', 'b', first);
    gate.settle('s', 'a', 'refused');
    await expect(waiting).rejects.toMatchObject({ code: 'sudo-password', message: expect.stringContaining('on a;') });
    gate.settle('s', 'z', 'proven');
    await expect(gate.enter('s', 'c', first)).rejects.toThrow('on a;');
  });

  it('passes the turn on where nothing was proven', async () => {
    const gate = createSecretGate();
    await gate.enter('s', 'a', first);
    const waiting = [gate.enter('s', 'b', first), gate.enter('s', 'c', first)];
    gate.settle('s', 'a', 'open');
    expect(await waiting[0]).toBe('prove');
    gate.settle('s', 'b', 'proven');
    expect(await waiting[1]).toBe('use');
  });

  it('lets hosts try without once a host did not need it, and proves one at a time', async () => {
    const gate = createSecretGate();
    await gate.enter('s', 'a', first);
    gate.settle('s', 'a', 'needless');
    expect(await Promise.all([gate.enter('s', 'b', first), gate.enter('s', 'c', first)])).toEqual(['probe', 'probe']);
    expect(await gate.enter('s', 'b', probed)).toBe('prove');
    const waiting = gate.enter('s', 'c', probed);
    gate.settle('s', 'b', 'proven');
    expect(await waiting).toBe('use');
  });

  it('keeps secrets apart', async () => {
    const gate = createSecretGate();
    await gate.enter('s', 'a', first);
    gate.settle('s', 'a', 'refused');
    expect(await gate.enter('t', 'b', first)).toBe('prove');
  });

  it('stops waiting on an abort', async () => {
    const gate = createSecretGate();
    const abort = new AbortController();
    await gate.enter('s', 'a', first);
    const waiting = gate.enter('s', 'b', { probed: false, signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
  });
});
