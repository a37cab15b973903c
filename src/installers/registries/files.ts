import type { FileChange } from '../../changes/change.ts';
import type { DesiredRegistry } from '../../core/desired.ts';
import type { HostFile } from '../../facts/fact.ts';
import { hostFile } from '../../facts/files.ts';
import type { RegistryFiles } from '../../facts/registry-files.ts';
import { type DisruptionId, disruptionOf } from '../disruption.ts';
import { fileChange, isOwnFile, ownHeader, pathStateOf } from '../file-change.ts';
import type { Refusal } from '../installer.ts';
import { planRefused } from '../known-facts.ts';

/** undefined: it is as it should be. */
export type Part = FileChange | Refusal | undefined;

export interface PartsPlan {
  readonly changes: readonly FileChange[];
  readonly refusals: readonly Refusal[];
  /** Of the files that `changes` replace. */
  readonly originals: Readonly<Record<string, string>>;
}

export const noParts: PartsPlan = { changes: [], refusals: [], originals: {} };

export const plannedParts = (parts: readonly Part[], files: RegistryFiles): PartsPlan => {
  const changes = parts.flatMap(part => (part !== undefined && 'kind' in part ? [part] : []));
  return {
    changes,
    refusals: parts.flatMap(part => (part !== undefined && 'code' in part ? [part] : [])),
    originals: Object.fromEntries(changes.map(({ path }) => [path, fileAt(files, path).text ?? ''])),
  };
};

export const fileAt = ({ files }: RegistryFiles, path: string): HostFile =>
  files.find(file => file.path === path) ?? hostFile(path, undefined);

/** Names of settings in plans; an agreed plan binds later rounds to them, so the first round and the next must use the same. */
export const certificatesLabel = (registry: string): string => `certificates of ${registry}`;

/** Every runtime reads them at each pull. */
export const planCertificates = ({ name, ca }: DesiredRegistry, file: HostFile): Part => {
  if (ca === undefined) return undefined;
  if (file.type !== 'absent' && !isOwnFile(file)) {
    if (certificatesOf(file.text) === certificatesOf(ca.text)) return undefined;
    return planRefused(
      `${file.path} holds other certificates than ${ca.path}, and nodeprep did not put them there`,
      `Give both in ${ca.path} and remove the one on the host, or leave ca of ${name} out of the inventory.`,
    );
  }
  const what = {
    settings: [certificatesLabel(name)],
    because: `${name} is trusted by its own authority`,
    row: 'registry-certificates',
  } as const;
  return writtenFile(file, `${ownHeader}${ca.text}`, what);
};

const certificatesOf = (text = ''): string =>
  (text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).join('\n').replaceAll('\r', '');

export interface WrittenFile {
  readonly settings: readonly string[];
  readonly because: string;
  readonly row: DisruptionId;
}

export const writtenFile = (file: HostFile, text: string, { settings, because, row }: WrittenFile): Part => {
  if (file.text === text) return undefined;
  const before = pathStateOf(file);
  if (before?.state !== 'file' && before?.state !== 'absent') {
    return planRefused(
      `${file.path} is a ${file.type}, which nodeprep does not edit`,
      'Put a regular file in its place, or leave this registry out of the inventory.',
    );
  }
  return fileChange(file, before, text, {
    summary: settings.join(', '),
    because,
    phase: 'stage',
    disruption: disruptionOf(row),
    settings,
  });
};
