import type { OpenConnection } from '../apply/host-run.ts';
import type { Connection } from '../connect/connection.ts';
import { interrupted } from '../connect/start-errors.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import type { OpenHost } from './open-host.ts';

export interface HostConnection {
  readonly open: OpenConnection;
  /** For good. */
  close(): Promise<void>;
}

/** A run that is at work is followed to its end, so coming back to it ignores the operator's Ctrl-C. */
const never = new AbortController().signal;

/** One connection to a host, opened when it is first wanted and again when it was lost. */
export const hostConnection = (host: InventoryHost, openHost: OpenHost): HostConnection => {
  let current: Promise<Connection> | undefined;
  let isOver = false;
  const drop = async (): Promise<void> => {
    const dropped = current;
    current = undefined;
    // A connection that never came about has nothing to close.
    await dropped?.then(connection => connection.close()).catch(() => undefined);
  };
  return {
    open: async lost => {
      if (lost !== undefined && (await current?.catch(() => undefined)) === lost) await drop();
      // A proof that nobody waits for any more, since its host has died, tries on for a while: nobody would close what it opens.
      if (isOver) throw interrupted(host.name);
      current ??= lost === undefined ? openHost(host) : openHost(host, never);
      const opening = current;
      try {
        return await opening;
      } catch (error) {
        if (current === opening) current = undefined;
        throw error;
      }
    },
    close: () => {
      isOver = true;
      return drop();
    },
  };
};

/** Work over one connection, which is closed however it ends. */
export const withConnection = async <T>(
  host: InventoryHost,
  openHost: OpenHost,
  work: (connection: HostConnection) => Promise<T>,
): Promise<T> => {
  const connection = hostConnection(host, openHost);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
};
