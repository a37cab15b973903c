import { quote } from '../core/shell.ts';

/** What to type to go on with a rollout that was stopped. */
export const applyCommand = (inventoryName: string | undefined, limit?: string): string => {
  const inventory = inventoryName === undefined ? 'INVENTORY' : quote(inventoryName);
  return `nodeprep apply ${inventory}${limit === undefined ? '' : ` --limit ${quote(limit)}`}`;
};

/** What to type to settle what a run left, on all hosts that were meant or on one of them. */
export const recoverCommand = (inventoryName: string | undefined, limit?: string): string => {
  const inventory = inventoryName === undefined ? 'INVENTORY' : quote(inventoryName);
  return `nodeprep recover ${inventory}${limit === undefined ? '' : ` --limit ${quote(limit)}`}`;
};
