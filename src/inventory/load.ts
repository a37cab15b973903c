import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { NodeprepError } from '../core/errors.ts';
import { expandPath, expandPaths, type PathBase } from './expand-paths.ts';
import type { Inventory } from './inventory.ts';
import { readKeys } from './read-keys.ts';
import { readText, readTextFile } from './read-text.ts';
import { resolveInventory } from './resolve.ts';
import type { InventoryFile } from './schema.ts';
import type { InventorySource } from './source.ts';
import { targetsToFile } from './targets.ts';

export interface LoadOptions {
  /** Ids that a waiver may name; without it any. */
  readonly knownChecks?: readonly string[];
  /** Read where the source is `-`. */
  readonly standardInput?: AsyncIterable<Uint8Array | string>;
  /** Who logs in where the inventory names nobody; default: who runs this process. */
  readonly currentUser?: string;
  /** What `~` stands for; default: that of the process. */
  readonly home?: string;
}

/** Reads, validates and resolves; contacts no host. Only a file or standard input loads the YAML parser and the schema. */
export const loadInventory = async (source: InventorySource, options: LoadOptions = {}): Promise<Inventory> => {
  const currentUser = options.currentUser ?? nameOfUser();
  const directory = source.kind === 'file' ? dirname(source.path) : '.';
  const base = { home: options.home ?? homedir(), directory };
  return readKeys(expandPaths(await read(source, options, currentUser, base), base));
};

const read = async (
  source: InventorySource,
  options: LoadOptions,
  currentUser: string,
  base: PathBase,
): Promise<Inventory> => {
  if (source.kind === 'targets') return withoutFile(targetsToFile(source.targets), 'command line', currentUser);
  if (source.kind === 'this-machine') {
    return withoutFile({ hosts: { localhost: { connection: 'local' } } }, 'this machine', currentUser);
  }
  const name = source.kind === 'file' ? source.path : '<stdin>';
  const text = source.kind === 'file' ? await readTextFile(name) : await readText(standardInput(options), name);
  const [{ parseInventory }, { createCertificateReader }] = await Promise.all([
    import('./parse.ts'),
    import('./read-certificate.ts'),
  ]);
  const { knownChecks } = options;
  const fileExists = (path: string): boolean => isFile(expandPath(path, base));
  const readCertificate = createCertificateReader(base);
  return parseInventory(text, name, {
    currentUser,
    fileExists,
    readCertificate,
    ...(knownChecks === undefined ? {} : { knownChecks }),
  });
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const standardInput = (options: LoadOptions): AsyncIterable<Uint8Array | string> => {
  if (options.standardInput !== undefined) return options.standardInput;
  throw new NodeprepError('usage', 'this command does not read an inventory from standard input');
};

const withoutFile = (file: InventoryFile, source: string, currentUser: string): Inventory => ({
  source,
  sha256: createHash('sha256').update(JSON.stringify(file.hosts)).digest('hex'),
  ...resolveInventory(file, { currentUser }),
});

/** A user without an entry in passwd (as in containers) has no name; sshd's own default is then of no use either. */
const nameOfUser = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'root';
  }
};
