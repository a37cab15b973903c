import { describe, expect, test } from 'vitest';
import { hostConnection, withConnection } from '../../src/commands/host-connection.ts';
import type { Connection } from '../../src/connect/connection.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import { hostNamed } from './support.ts';

const host = hostNamed('a');

/** Opens connections that count how often they were closed; `refuse` of them are not to be had. */
const opener = (refuse = 0) => {
  const opened: { connection: Connection; closed: number; signal: AbortSignal | undefined }[] = [];
  let refusals = refuse;
  const open = async (_: unknown, signal?: AbortSignal): Promise<Connection> => {
    if (refusals > 0) {
      refusals -= 1;
      throw new NodeprepError('connect-refused', 'nothing listens');
    }
    const entry = {
      closed: 0,
      signal,
      connection: {
        host: 'a',
        address: '',
        start: () => Promise.reject(new Error('not in this test')),
        close: async () => {
          entry.closed += 1;
        },
      },
    };
    opened.push(entry);
    return entry.connection;
  };
  return { open, opened };
};

describe('one connection to a host', () => {
  test('is opened when first wanted, and once, also for two who want it at the same time', async () => {
    const { open, opened } = opener();
    const connection = hostConnection(host, open);
    expect(opened).toHaveLength(0);
    const [first, second] = await Promise.all([connection.open(), connection.open()]);
    expect(first).toBe(second);
    expect(opened).toHaveLength(1);
  });

  test('is closed once, however often that is asked, and not at all where it was never opened', async () => {
    const { open, opened } = opener();
    await hostConnection(host, open).close();
    const connection = hostConnection(host, open);
    await connection.open();
    await connection.close();
    await connection.close();
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });

  test('is opened again after it was lost, the lost one closed, and Ctrl-C does not prevent that', async () => {
    const { open, opened } = opener();
    const connection = hostConnection(host, open);
    const lost = await connection.open();
    const again = await connection.open(lost);
    expect(again).not.toBe(lost);
    expect(opened.map(({ closed }) => closed)).toEqual([1, 0]);
    expect(opened[0]?.signal).toBeUndefined();
    expect(opened[1]?.signal?.aborted).toBe(false);
    // Somebody else found out late about the same loss.
    expect(await connection.open(lost)).toBe(again);
    expect(opened).toHaveLength(2);
  });

  test('can be tried again where it could not be had', async () => {
    const { open, opened } = opener(1);
    const connection = hostConnection(host, open);
    await expect(connection.open()).rejects.toMatchObject({ code: 'connect-refused' });
    await connection.open();
    await connection.close();
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });

  test('a connection that never came about is closed without a word', async () => {
    const connection = hostConnection(host, opener(1).open);
    const failed = connection.open().catch((error: unknown) => error);
    await connection.close();
    expect(await failed).toBeInstanceOf(NodeprepError);
  });

  test('is not opened for what was left behind and still asks once the work is over', async () => {
    const { open, opened } = opener();
    let left: Promise<unknown> | undefined;
    await withConnection(host, open, async connection => {
      const lost = await connection.open();
      left = connection.close().then(() => connection.open(lost).catch((error: unknown) => error));
    });
    expect(await left).toMatchObject({ code: 'interrupted' });
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });

  test('is closed after work that failed', async () => {
    const { open, opened } = opener();
    const work = withConnection(host, open, async connection => {
      await connection.open();
      throw new Error('work failed');
    });
    await expect(work).rejects.toThrow('work failed');
    expect(opened.map(({ closed }) => closed)).toEqual([1]);
  });
});
