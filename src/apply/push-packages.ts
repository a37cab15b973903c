import { createReadStream } from 'node:fs';
import type { Change } from '../changes/change.ts';
import { NodeprepError } from '../core/errors.ts';
import { escapeLine } from '../core/escape.ts';
import type { PackageManager } from '../core/package-manager.ts';
import { type PushOptions, pushParcel } from './push-archives.ts';
import { openHostSession } from './session.ts';

/** Packages that this machine has for a host. */
export interface PackageSupply {
  readonly manager: PackageManager;
  /** Of the package manager: `amd64`. */
  readonly architecture: string;
  /** Index of all of them, as the package manager reads it. */
  readonly index: string;
  readonly packages: readonly SuppliedPackage[];
  /** How to get one that holds more, for people. */
  readonly hint: string;
}

export interface SuppliedPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
  /** On this machine. */
  readonly path: string;
}

/** Those that the changes of a round need on this host, and no others. */
export const pushPackages = async (
  changes: readonly Change[],
  supply: PackageSupply,
  options: PushOptions,
): Promise<void> => {
  for (const { path, sha256, bytes } of await neededPackages(changes, supply, options)) {
    const open = async () => ({ bytes, blocks: createReadStream(path) });
    await pushParcel({ name: path, sha256, open }, options);
  }
};

/** What the package manager of the host says; throws where the supply lacks something. Changes nothing there. */
export const neededPackages = async (
  changes: readonly Change[],
  supply: PackageSupply,
  { open, programs, identity }: Omit<PushOptions, 'signal'>,
): Promise<readonly SuppliedPackage[]> => {
  const { manager, architecture, index, hint } = supply;
  const packages = changes.flatMap(change =>
    change.kind === 'package' && change.version !== null ? [{ name: change.name, version: change.version }] : [],
  );
  if (packages.length === 0) return [];
  const session = await openHostSession(
    await open(),
    programs.tryPackages(identity, { manager, architecture, index, packages }),
  );
  const needed = new Set<SuppliedPackage>();
  try {
    for await (const line of session.lines) {
      if (line.kind !== 'say') continue;
      const [first = '', second = '', ...rest] = line.rest.split(' ');
      if (line.word === 'end') return [...needed];
      if (line.word === 'error') throw new NodeprepError('plan-refused', escapeLine(line.rest), { hint });
      if (line.word === 'lacks') throw lacks(escapeLine(first, 100), escapeLine([second, ...rest].join(' ')), hint);
      if (line.word !== 'need') continue;
      const found = supply.packages.find(({ name, version }) => name === first && version === second);
      if (found === undefined)
        throw lacks(escapeLine(first, 100), `version ${escapeLine(second, 100)} is not in it`, hint);
      needed.add(found);
    }
  } finally {
    session.close();
  }
  throw new NodeprepError('no-answer', 'the host did not finish the list of packages that it needs');
};

const lacks = (name: string, why: string, hint: string): NodeprepError =>
  new NodeprepError('plan-refused', `the bundle lacks what ${name} needs on this host: ${why}`, { hint });
