import { describe, expect, test } from 'vitest';
import { lookAgain, observeSurely } from '../../src/commands/look-again.ts';
import type { Connection } from '../../src/connect/connection.ts';
import { openRecorded } from '../../src/connect/recorded.ts';
import type { Recording } from '../../src/connect/recording.ts';
import { type ErrorCode, NodeprepError } from '../../src/core/errors.ts';
import { createRedactor } from '../../src/core/redact.ts';
import { scriptedConnection } from '../facts/scripted-connection.ts';
import { prepared, preparedHost } from './prepared-host.ts';

const failing = (code: ErrorCode): Connection => ({
  host: 'a',
  address: '',
  start: () => Promise.reject(new NodeprepError(code, 'it is gone')),
  close: async () => undefined,
});

/** Gives these connections one after the other, and keeps what it was told is lost. */
const opener = (...connections: readonly Connection[]) => {
  const lost: (Connection | undefined)[] = [];
  const left = [...connections];
  const open = async (dead?: Connection): Promise<Connection> => {
    lost.push(dead);
    const next = left.shift();
    if (next === undefined) throw new NodeprepError('connect-refused', 'no more');
    return next;
  };
  return { open, lost };
};

describe('looking at a host in the middle of a run', () => {
  test.each(['connect-failed', 'connect-timeout', 'no-answer'] as const)(
    'a connection that was lost (%s) is opened again, and says nothing about the host',
    async code => {
      const dead = failing(code);
      const { open, lost } = opener(dead, openRecorded(prepared));
      expect((await observeSurely(open, ['kernel'])).kernel.known).toBe(true);
      expect(lost).toEqual([undefined, dead]);
    },
  );

  test('a host that cannot be reached for a while is waited for', async () => {
    const [first, second] = [failing('connect-failed'), failing('connect-failed')];
    const { open, lost } = opener(first, second, openRecorded(prepared));
    expect((await observeSurely(open, ['kernel'], [0, 0])).kernel.known).toBe(true);
    expect(lost).toEqual([undefined, first, second]);
  });

  test('a runtime that was asked over a connection that is gone has not been asked', async () => {
    const silent: Recording = {
      ...prepared,
      cri: { '/run/containerd/containerd.sock': { answered: false, reason: 'write ECONNRESET' } },
    };
    const dead = { ...failing('connect-failed'), replay: silent };
    const { open, lost } = opener(dead, openRecorded(prepared));
    const { cri } = await observeSurely(open, ['containerd', 'cri'], [0]);
    expect(cri).toMatchObject({ value: { '/run/containerd/containerd.sock': { answered: true } } });
    expect(lost).toEqual([undefined, dead]);
  });

  test('a runtime that does not answer over one that stands is told as silent', async () => {
    const silent: Recording = {
      ...prepared,
      cri: { '/run/containerd/containerd.sock': { answered: false, reason: 'it hangs' } },
    };
    const { open } = opener({ ...scriptedConnection({ say: () => [] }), replay: silent });
    const { cri } = await observeSurely(open, ['containerd', 'cri'], [0]);
    expect(cri).toMatchObject({ value: { '/run/containerd/containerd.sock': { answered: false } } });
  });

  test('not for ever: then it is told', async () => {
    const { open, lost } = opener(failing('connect-failed'));
    await expect(observeSurely(open, ['kernel'], [0, 0])).rejects.toMatchObject({ code: 'connect-refused' });
    expect(lost).toHaveLength(3);
  });

  test('what the host itself refuses is not tried again', async () => {
    const { open, lost } = opener(failing('no-shell'), openRecorded(prepared));
    await expect(observeSurely(open, ['kernel'])).rejects.toMatchObject({ code: 'no-shell' });
    expect(lost).toHaveLength(1);
  });

  test('our own run is not told as one that is left', async () => {
    const options = {
      open: opener(openRecorded(prepared), openRecorded(prepared)).open,
      flags: { withoutDrain: false, allowIrreversible: false },
      today: '2026-11-21',
      redact: createRedactor('test'),
      agreed: undefined,
    };
    const runIdsSeenBy = async (runId: string) => {
      const { runs } = (await lookAgain(preparedHost(), { ...options, identity: { runId } })).facts;
      return runs.known ? { left: runs.value.runs.map(run => run.runId), atWork: runs.value.atWork } : undefined;
    };
    const [own = 'none'] = (await runIdsSeenBy('another'))?.left ?? [];
    expect(own).toMatch(/^2026/);
    // What it has stopped itself is known by its name.
    expect(await runIdsSeenBy(own)).toEqual({ left: [], atWork: own });
  });
});
