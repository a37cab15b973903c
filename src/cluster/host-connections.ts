import type { Connection } from '../connect/connection.ts';

/** A control-plane host of the inventory; opened when it is first needed. */
export interface KubectlHost {
  readonly name: string;
  open(): Promise<Connection>;
}

export interface Opening {
  readonly connection: Promise<Connection>;
  /** Opened by whoever asked before, and perhaps lost since. */
  readonly isUsed: boolean;
}

export interface HostConnections {
  get(host: KubectlHost): Opening;
  /** It is of no use any more; whoever asks next gets another. */
  forget(host: KubectlHost, opening: Opening): void;
  close(): Promise<void>;
}

/** One connection per host, opened once however many ask at the same time, and anew after it was lost. */
export const createHostConnections = (): HostConnections => {
  const open = new Map<string, Promise<Connection>>();
  return {
    get: host => {
      const used = open.get(host.name);
      const connection = used ?? host.open();
      open.set(host.name, connection);
      return { connection, isUsed: used !== undefined };
    },
    forget: ({ name }, { connection }) => {
      if (open.get(name) !== connection) return;
      open.delete(name);
      void closeOne(connection);
    },
    close: async () => {
      await Promise.all([...open.values()].map(closeOne));
      open.clear();
    },
  };
};

const closeOne = (connection: Promise<Connection>): Promise<void> =>
  connection.then(
    opened => opened.close(),
    () => undefined,
  );
