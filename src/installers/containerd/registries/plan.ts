import type { FileChange } from '../../../changes/change.ts';
import type { DesiredRuntime } from '../../../core/desired.ts';
import type { HostFile } from '../../../facts/fact.ts';
import type { RegistryFiles } from '../../../facts/registry-files.ts';
import { type TomlTable, valueAt } from '../../../toml/parse.ts';
import { isOwnFile, ownHeader, sharedHeader } from '../../file-change.ts';
import type { Refusal } from '../../installer.ts';
import { planRefused } from '../../known-facts.ts';
import {
  fileAt,
  noParts,
  type Part,
  type PartsPlan,
  planCertificates,
  plannedParts,
  writtenFile,
} from '../../registries/files.ts';
import type { Dialect } from '../dialect.ts';
import { labels } from '../labels.ts';
import { registryDirectory, registryRoots } from './directories.ts';
import { editHosts, renderHosts } from './hosts-file.ts';
import { inlineRegistries } from './inline.ts';
import { type RegistryWish, registryWishes } from './wishes.ts';

export interface RegistryPlan extends PartsPlan {
  /** Files of registries that nobody reads so far and that count once config_path is set. */
  readonly wakes: readonly string[];
}

export interface RegistrySituation {
  /** What all files of containerd's configuration make together. */
  readonly merged: TomlTable;
  readonly dialect: Dialect;
  readonly files: RegistryFiles;
}

export const noRegistries: RegistryPlan = { ...noParts, wakes: [] };

/** hosts.toml and certificates of every registry that the inventory names; nothing of them is touched where it names none. */
export const planRegistries = (situation: RegistrySituation, { registries }: DesiredRuntime): RegistryPlan => {
  if (registries.length === 0) return noRegistries;
  const { merged, dialect, files } = situation;
  const configPath = registryPathIn(merged, dialect);
  const roots = registryRoots(configPath);
  const unseen = roots.filter(root => !files.roots.includes(root));
  if (unseen.length > 0) return onlyRefused(unseenRoot(unseen));
  const inline = inlineRegistries(merged, dialect.images);
  if (inline.unknown.length > 0) return onlyRefused(notCarried(inline.unknown));

  const directoryOf = (name: string): string => registryDirectory(name, roots, files);
  const wishes = registryWishes({ registries, inline, caPathOf: name => certificatePath(directoryOf(name)) });
  const parts = [
    ...registries.map(registry =>
      planCertificates(registry, fileAt(files, certificatePath(directoryOf(registry.name)))),
    ),
    ...wishes.map(wish => planHosts(wish, directoryOf(wish.name), files)),
  ];
  const planned = plannedParts(parts, files);
  return { ...planned, wakes: configPath === '' ? wokenFiles(files, roots, planned.changes) : [] };
};

export const registryPathIn = (merged: TomlTable, { images }: Dialect): string => {
  const path = valueAt(merged, [...images, 'registry', 'config_path']);
  return typeof path === 'string' ? path : '';
};

const certificatePath = (directory: string): string => `${directory}/ca.crt`;

const planHosts = (wish: RegistryWish, directory: string, files: RegistryFiles): Part => {
  const file = fileAt(files, `${directory}/hosts.toml`);
  const what = {
    settings: [labels.registry(wish.name)],
    because: 'the inventory asks for it',
    row: 'containerd-registries',
  } as const;
  if (file.type === 'absent') {
    const lost = files.files.filter(other => isLostBeside(other, directory));
    if (lost.length > 0) return certificatesLost(lost, file.path);
    return writtenFile(file, wholeFile(wish), what);
  }
  if (isOwnFile(file)) return writtenFile(file, wholeFile(wish), what);
  if (file.text === undefined) return planRefused(`${file.path} is not a text file that can be read`);
  const edited = editHosts(file.text, wish, directory);
  if (!edited.ok) return planRefused(`${file.path}:${edited.problem}`, edited.hint);
  return writtenFile(file, edited.text, what);
};

/** What was carried over from config.toml is nobody's but the user's. */
const wholeFile = (wish: RegistryWish): string => renderHosts(wish, wish.carried ? sharedHeader : ownHeader);

/** Without a hosts.toml containerd takes certificates by their names, with one only those that it names. */
const isLostBeside = (file: HostFile, directory: string): boolean =>
  file.path.startsWith(`${directory}/`) &&
  !file.path.slice(directory.length + 1).includes('/') &&
  file.path !== certificatePath(directory);

const wokenFiles = (
  { files }: RegistryFiles,
  roots: readonly string[],
  changes: readonly FileChange[],
): readonly string[] =>
  files
    .map(({ path }) => path)
    .filter(path => roots.some(root => path.startsWith(`${root}/`)) && path.endsWith('/hosts.toml'))
    .filter(path => !changes.some(change => change.path === path));

const onlyRefused = (refusal: Refusal): RegistryPlan => ({
  ...noRegistries,
  refusals: [refusal],
});

const unseenRoot = (roots: readonly string[]): Refusal =>
  planRefused(
    `registry.config_path = ${roots.join(':')} is set in a file where nodeprep does not look for it`,
    'Set it in /etc/containerd/config.toml or /etc/containerd/conf.d, then plan again.',
  );

const notCarried = (keys: readonly string[]): Refusal =>
  planRefused(
    `config.toml configures registries in a way that no hosts.toml can: ${keys.join(', ')}`,
    'Write a hosts.toml for them by hand and remove them from config.toml, then plan again.',
  );

const certificatesLost = (files: readonly HostFile[], path: string): Refusal =>
  planRefused(
    `${path} would put certificates out of use that count without it: ${files.map(file => file.path).join(', ')}`,
    `Write a ${path} that names them (ca, client), then plan again; nodeprep adds to it.`,
  );
