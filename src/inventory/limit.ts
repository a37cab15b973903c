import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { Inventory } from './inventory.ts';
import { didYouMean } from './nearest.ts';

/** `--limit NAME|GROUP,…`: the hosts named, or in a group named, in the order of the inventory. */
export const limitHosts = (inventory: Inventory, limit: string): Inventory => {
  const wanted = limit.split(',').map(word => word.trim());
  const known = new Set([...inventory.hosts.map(({ name }) => name), ...inventory.groups]);
  const mistakes = wanted.flatMap(word => describeUnknown(word, known));
  if (mistakes.length > 0) throw new NodeprepError('usage', mistakes.join('\n'), { hint: hintFor(known) });
  const hosts = inventory.hosts.filter(
    host => wanted.includes(host.name) || host.desired.groups.some(group => wanted.includes(group)),
  );
  if (hosts.length === 0) throw new NodeprepError('usage', `--limit ${limit}: no host is in ${wanted.join(' or ')}`);
  return { ...inventory, hosts, leftOut: inventory.hosts.filter(host => !hosts.includes(host)) };
};

const describeUnknown = (word: string, known: ReadonlySet<string>): readonly string[] => {
  if (known.has(word)) return [];
  if (word === '') return ['--limit has an empty name'];
  return [`--limit: there is no host or group ${escapeLine(word, 100)}${didYouMean(word, known)}`];
};

const hintFor = (known: ReadonlySet<string>): string => {
  const names = [...known].slice(0, 10).join(', ');
  return `The inventory has: ${names}${known.size > 10 ? `, … (${known.size} in all)` : ''}`;
};
