import type { OpenConnection } from '../apply/host-run.ts';
import type { Connection } from '../connect/connection.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import type { OpenHost } from './open-host.ts';

export interface HostConnection {
  readonly open: OpenConnection;
  close(): Promise<void>;
}

/** One connection to a host, opened when it is first wanted and again when it was lost. */
export const hostConnection = (host: InventoryHost, openHost: OpenHost, first?: Connection): HostConnection => {
  let current: Promise<Connection> | undefined = first === undefined ? undefined : Promise.resolve(first);
  const drop = async (): Promise<void> => {
    const dropped = current;
    current = undefined;
    // A connection that never came about has nothing to close.
    await dropped?.then(connection => connection.close()).catch(() => undefined);
  };
  return {
    open: async lost => {
      if (lost !== undefined && (await current?.catch(() => undefined)) === lost) await drop();
      current ??= openHost(host);
      try {
        return await current;
      } catch (error) {
        current = undefined;
        throw error;
      }
    },
    close: drop,
  };
};
