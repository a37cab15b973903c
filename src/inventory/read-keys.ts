import { readFile, stat } from 'node:fs/promises';
import { armorChecksum, readPublicKeys } from '../core/openpgp.ts';
import type { Inventory, InventoryHost } from './inventory.ts';
import { InventoryError } from './problems.ts';

/** More than any key. */
const maxBytes = 256 * 1024;

/** Reads the keys of repositories that are files on this machine; each once, however many hosts need it. */
export const readKeys = async (inventory: Inventory): Promise<Inventory> => {
  const paths = new Set(inventory.hosts.flatMap(host => keyPath(host) ?? []));
  if (paths.size === 0) return inventory;
  const texts = new Map<string, string>();
  for (const path of paths) texts.set(path, await readKey(path));
  return { ...inventory, hosts: inventory.hosts.map(host => withKey(host, texts)) };
};

const keyPath = ({ desired }: InventoryHost): string | undefined => {
  const key = desired.runtime.repository?.key;
  return key?.from === 'file' ? key.path : undefined;
};

const withKey = (host: InventoryHost, texts: ReadonlyMap<string, string>): InventoryHost => {
  const { runtime } = host.desired;
  const key = runtime.repository?.key;
  const text = key?.from === 'file' ? texts.get(key.path) : undefined;
  if (key?.from !== 'file' || text === undefined) return host;
  return {
    ...host,
    desired: { ...host.desired, runtime: { ...runtime, repository: { ...runtime.repository, key: { ...key, text } } } },
  };
};

const readKey = async (path: string): Promise<string> => {
  const bytes = await readBounded(path).catch((error: unknown) =>
    refuse(path, `this key of a repository cannot be read: ${error instanceof Error ? error.message : String(error)}`),
  );
  const text = bytes.toString('latin1');
  if (text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return text;
  const read = readPublicKeys(bytes);
  if (!read.ok) return refuse(path, `no key of a repository: ${read.problem}`);
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${lines(bytes.toString('base64'))}\n${armorChecksum(bytes)}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
};

const readBounded = async (path: string): Promise<Buffer> => {
  if ((await stat(path)).size > maxBytes) throw new Error('it is larger than any key');
  return readFile(path);
};

const lines = (text: string): string => text.replace(/.{64}(?=.)/g, '$&\n');

const refuse = (file: string, message: string): never => {
  throw new InventoryError([{ file, message }]);
};
