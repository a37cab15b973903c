import type { HostResult } from '../core/result.ts';
import type { FactId } from '../facts/index.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { type EachHostOptions, eachHost } from './each-host.ts';
import { createObserver, type Observation } from './observe.ts';
import { type OpenHost, openerFor } from './open-host.ts';

export interface Visit {
  readonly host: InventoryHost;
  readonly observation: Observation;
}

export interface VisitOptions extends EachHostOptions {
  readonly factIds: readonly FactId[];
  /** undefined = as the inventory says. */
  readonly open: OpenHost | undefined;
}

/** Connects to every host, observes it, closes the connection, and hands over what was seen. */
export const visitHosts = (
  hosts: readonly InventoryHost[],
  options: VisitOptions,
  judge: (visit: Visit) => HostResult,
): Promise<readonly HostResult[]> => {
  const open = options.open ?? openerFor(options.context);
  const observe = createObserver(options.factIds);
  return eachHost(hosts, options, async (host, progress) => {
    progress.step('connecting');
    const connection = await open(host);
    try {
      progress.step('reading');
      const observation = await observe(connection, options.context.signal);
      return judge({ host, observation });
    } finally {
      await connection.close();
    }
  });
};
