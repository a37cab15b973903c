import { parseInventory } from '../../src/inventory/parse.ts';
import { InventoryError } from '../../src/inventory/problems.ts';

export const options = { currentUser: 'me', knownChecks: ['cgroup-controllers', 'swap-off'] };

/** What a user sees for this file, line by line; fails where the file is good. */
export const problemsOf = (text: string): readonly string[] => {
  try {
    parseInventory(text, 'i.yaml', options);
  } catch (error) {
    if (error instanceof InventoryError) return error.message.split('\n');
    throw error;
  }
  throw new Error('the inventory is good');
};

/** As `problemsOf` where there is one problem: without the last line. */
export const problemOf = (text: string): string => {
  const [first = '', last, ...more] = problemsOf(text);
  if (last !== '1 problem. No host was contacted.' || more.length > 0)
    throw new Error(`not one problem: ${problemsOf(text).join('\n')}`);
  return first;
};
