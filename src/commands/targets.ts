import { existsSync, statSync } from 'node:fs';
import { checks, fleetChecks } from '../checks/index.ts';
import { NodeprepError } from '../core/errors.ts';
import type { Inventory, InventoryHost } from '../inventory/inventory.ts';
import { limitHosts } from '../inventory/limit.ts';
import { loadInventory } from '../inventory/load.ts';
import { type InventorySource, sourceOf } from '../inventory/source.ts';
import type { OpenHost } from './open-host.ts';

export interface Targets {
  readonly inventory: Inventory;
  readonly source: InventorySource;
  /** As the operator typed it, for the next command; undefined where there is no file. */
  readonly name: string | undefined;
  /** All of the inventory, whatever `--limit` leaves; undefined = those of `inventory`. */
  readonly allHosts?: readonly InventoryHost[];
  /** How to open these hosts; undefined = as the inventory says. */
  readonly open?: OpenHost;
}

/** Command line words → hosts. Contacts nobody; throws `NodeprepError` with every mistake. */
export const resolveTargets = async (words: readonly string[], limit: string | undefined): Promise<Targets> => {
  const source = sourceOf(words, existsSync);
  const knownChecks = [...checks, ...fleetChecks].map(({ id }) => id);
  const whole = await loadInventory(source, { knownChecks, standardInput: process.stdin });
  const inventory = limit === undefined ? whole : limitHosts(whole, limit);
  const name = source.kind === 'file' ? source.path : undefined;
  return { inventory, source, name, allHosts: whole.hosts };
};

/** Commands that change hosts ask first; where nobody can answer, the operator must have said yes before (design 3.13). */
export const requireConsent = (source: InventorySource, yes: boolean, terminal: boolean): void => {
  if (yes) return;
  if (source.kind === 'standard-input') {
    throw new NodeprepError('usage', 'the inventory comes from standard input, so nobody can be asked', {
      hint: 'Add --yes, or give the inventory as a file.',
    });
  }
  if (!terminal) {
    throw new NodeprepError('usage', 'this command asks before it changes hosts, and there is no terminal to ask on', {
      hint: 'Add --yes once you have read: nodeprep plan INVENTORY',
    });
  }
};

/** For commands that only read: one directory of recordings, or anything that `resolveTargets` takes. */
export const targetsOrRecordings = async (words: readonly string[], limit: string | undefined): Promise<Targets> => {
  const [only] = words;
  if (words.length === 1 && only !== undefined && statSync(only, { throwIfNoEntry: false })?.isDirectory()) {
    const { recordedTargets } = await import('./recordings.ts');
    return recordedTargets(only, limit);
  }
  return resolveTargets(words, limit);
};
