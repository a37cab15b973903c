import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Collected, collectPackages } from '../../apply/bundle/collect.ts';
import { readHostTemplates } from '../../apply/host-templates.ts';
import { hostPrograms, type RunIdentity, type ToCollect } from '../../apply/programs.ts';
import type { Connection } from '../../connect/connection.ts';
import type { DesiredNode } from '../../core/desired.ts';
import { NodeprepError } from '../../core/errors.ts';
import type { ObservedFacts } from '../../facts/index.ts';
import type { OsRelease } from '../../facts/os-release.ts';
import type { Refusal } from '../../installers/installer.ts';
import { packagingOf } from '../../installers/packagings/index.ts';
import { sectionsOf } from '../../installers/repository/rpm.ts';
import { companionPackages, wantedPackages } from '../../installers/wanted-packages.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import { osFamilyOf } from '../../os/index.ts';
import type { BundleRelease } from '../../plan/bundle/manifest.ts';
import { observe } from '../observe.ts';

export interface CollectOptions {
  readonly identity: RunIdentity;
  /** Of the bundle in the making. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
  /** Of a host with this wish, whether it is handed the sandbox image as a file. */
  isHandedImage(host: DesiredNode): boolean;
}

/** The packages that these hosts would get, chosen and downloaded by the package manager of a connected host; undefined: none. */
export const collectRelease = async (
  from: InventoryHost,
  connection: Connection,
  hosts: readonly DesiredNode[],
  { identity, directory, signal, tell, isHandedImage }: CollectOptions,
): Promise<BundleRelease | undefined> => {
  const { facts } = await observe(connection, ['osRelease', 'kernel', 'packages'], signal);
  const { release, machine, manager } = knownOf(facts);
  const wishes = { ...wishesOf(hosts, release, isHandedImage), manager };
  if (wishes.packages.length === 0) return undefined;
  tell(
    `${from.name}: ${wishes.packages.map(({ name, range }) => `${name}${range === null ? '' : ` ${range}`}`).join(', ')} and what they need`,
  );
  const { id, versionId = null, codename = null } = release;
  const place = `packages/${[id, versionId ?? codename ?? 'rolling', machine].join('-').replace(/[^A-Za-z0-9._-]/g, '_')}`;
  mkdirSync(join(directory, place), { recursive: true });
  const program = hostPrograms(readHostTemplates()).collect(identity, wishes);
  const collected = await collectPackages(connection, program, file => join(directory, place, file), signal);
  for (const { name } of wishes.packages) {
    if (!collected.wanted.some(one => one.name === name))
      tell(`${from.name}: no ${name} is on offer; a host that has none either and needs it will be refused`);
  }
  const index = manager === 'apt' ? aptIndex(collected) : rpmIndex(collected);
  writeFileSync(join(directory, place, 'Packages'), index);
  return {
    ...{ id, versionId, codename, machine, packageManager: manager, from: from.name },
    architecture: collected.architecture,
    wanted: [...collected.wanted],
    index: { file: `${place}/Packages`, sha256: sumOf(index), bytes: Buffer.byteLength(index) },
    packages: collected.packages.map(({ stanza: _, file, ...known }) => ({ ...known, file: `${place}/${file}` })),
  };
};

/** A flat repository, as apt reads it; where each file is comes before its sum. */
const aptIndex = ({ packages }: Collected): string =>
  packages
    .map(({ stanza, file, sha256 }) => `${withoutSum(stanza)}\nFilename: ./${file}\nSHA256: ${sha256}\n`)
    .join('\n');

/** As templates/host/bundle-rpm.sh reads it: the stanza is the package without its payload. */
const rpmIndex = ({ packages }: Collected): string =>
  packages
    .map(({ name, version, architecture, sha256, file, stanza }) =>
      [name, version, architecture, sha256, file, stanza].join(' '),
    )
    .map(line => `${line}\n`)
    .join('');

const withoutSum = (stanza: string): string => stanza.replace(/^SHA256: .*\n?/m, '').trimEnd();

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

interface KnownHost {
  readonly release: OsRelease;
  readonly machine: string;
  readonly manager: BundleRelease['packageManager'];
}

const knownOf = ({ osRelease, kernel, packages }: ObservedFacts): KnownHost => {
  if (!osRelease.known || !kernel.known || !packages.known) {
    const reason = [osRelease, kernel, packages].flatMap(fact => (fact.known ? [] : [fact.reason])).join('; ');
    throw new NodeprepError('plan-refused', `what this host is cannot be told: ${reason}`);
  }
  const { manager } = packages.value;
  const own = osFamilyOf(osRelease.value)?.packageManager;
  if (own === undefined || own !== manager) {
    const { prettyName } = osRelease.value;
    const message = `bundles are made with apt, dnf and zypper, and packages of this host (${prettyName}) are managed by ${manager}`;
    throw new NodeprepError('plan-refused', message, { hint: 'Name a host with one of them with --from.' });
  }
  return { release: osRelease.value, machine: kernel.value.machine, manager: own };
};

/** What all of them together ask for, on this release. */
const wishesOf = (
  hosts: readonly DesiredNode[],
  release: OsRelease,
  isHandedImage: CollectOptions['isHandedImage'],
): Omit<ToCollect, 'manager'> => {
  const os = osFamilyOf(release);
  if (os === undefined) return { sources: [], packages: [] };
  const packages = new Map(
    hosts
      .flatMap(host => [
        ...wantedPackages(host, os),
        ...companionPackages(host, os, isHandedImage(host)).map(wish => ({ ...wish, isOptional: true })),
      ])
      .map(wish => [`${wish.name} ${wish.range}`, wish] as const),
  );
  const sources = new Map(
    hosts
      .filter(({ runtime }) => runtime.source === 'upstream')
      .map(host => {
        const choice = packagingOf(host.runtime.name).repository(host, release, os);
        if (!choice.ok) throw refused(choice.refusal);
        return [`${choice.repository.url} ${choice.repository.suite}`, choice.repository] as const;
      }),
  );
  const named = [...sources.values()].map((source, index) => ({
    ...source,
    urls: sectionsOf(source).map(({ url }) => url),
    name: `${source.name}-${index + 1}`,
  }));
  return { sources: named, packages: [...packages.values()] };
};

const refused = ({ code, message, hint }: Refusal): NodeprepError =>
  new NodeprepError(code, message, hint === undefined ? {} : { hint });
