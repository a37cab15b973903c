import { quote } from '../core/shell.ts';

const command = (verb: string, inventoryName: string | undefined, limit: string | undefined): string => {
  const inventory = inventoryName === undefined ? 'INVENTORY' : quote(inventoryName);
  return `nodeprep ${verb} ${inventory}${limit === undefined ? '' : ` --limit ${quote(limit)}`}`;
};

/** What to type to settle what a run left, on all hosts that were meant or on one of them. */
export const recoverCommand = (inventoryName: string | undefined, limit?: string): string =>
  command('recover', inventoryName, limit);

/** What to type to go on with a rollout that was stopped. */
export const applyCommand = (inventoryName: string | undefined, limit?: string): string =>
  command('apply', inventoryName, limit);

/** What to type to take back what all runs have changed. */
export const resetCommand = (inventoryName: string | undefined, limit?: string): string =>
  command('reset', inventoryName, limit);

/** What to type to take runs back. */
export const rollbackCommand = (inventoryName: string | undefined, limit?: string): string =>
  command('rollback', inventoryName, limit);
