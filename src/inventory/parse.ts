import { createHash } from 'node:crypto';
import { type CertificateReader, checkCertificates } from './certificates.ts';
import type { FileExists } from './check-archives.ts';
import { findClearText } from './clear-text.ts';
import { parseTree } from './compose.ts';
import { crossCheck } from './cross-check.ts';
import { describeIssue } from './describe-issue.ts';
import type { Inventory } from './inventory.ts';
import { inventoryJsonSchema, isExtensionKey } from './json-schema.ts';
import { formatPath } from './path.ts';
import { positionsIn } from './position.ts';
import { InventoryError, type Mistake, toldProblems } from './problems.ts';
import { resolveInventory } from './resolve.ts';
import { type InventoryFile, inventorySchema } from './schema.ts';
import { toData, type YamlNode } from './yaml-tree.ts';

export interface ParseOptions {
  /** Who runs nodeprep; logs in where the inventory names nobody. */
  readonly currentUser: string;
  /** Ids that a waiver may name; without it any. */
  readonly knownChecks?: readonly string[];
  /** Whether a path of the inventory, as it is written, is a file; without it none is looked for. */
  readonly fileExists?: FileExists;
  /** Follows the paths to certificates; without it there are none to be had. */
  readonly readCertificate?: CertificateReader;
}

/** Text → inventory. Pure; throws only an `InventoryError`, which holds every problem. Paths stay as written (`~` is expanded by `load`). */
export const parseInventory = (text: string, fileName: string, options: ParseOptions): Inventory => {
  const yaml = text.startsWith('\ufeff') ? text.slice(1) : text;
  const positionOf = positionsIn(yaml);
  const { file, mistakes } = readInventory(yaml, offset => positionOf(offset).line, options);
  if (file === undefined || mistakes.length > 0) {
    const ordered = mistakes.toSorted((left, right) => left.offset - right.offset).slice(0, toldProblems);
    throw new InventoryError(
      ordered.map(({ offset, message }) => ({ file: fileName, ...positionOf(offset), message })),
      mistakes.length,
    );
  }
  return {
    source: fileName,
    sha256: createHash('sha256').update(text).digest('hex'),
    ...resolveInventory(file, options),
  };
};

interface Read {
  readonly file?: InventoryFile;
  readonly mistakes: readonly Mistake[];
}

const readInventory = (yaml: string, lineOf: (offset: number) => number, options: ParseOptions): Read => {
  const { root, problems } = parseTree(yaml, lineOf);
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) {
    return { mistakes: problems.length > 0 ? problems : [{ offset: 0, message: emptyText }] };
  }
  const { file, mistakes } = validate(withoutExtensions(root), root);
  const unreadable = new Set(problems.map(({ offset }) => offset));
  const { knownChecks, fileExists, readCertificate = noCertificates } = options;
  const certificates = checkCertificates(root, readCertificate);
  const others = [...mistakes, ...crossCheck(root, knownChecks, fileExists), ...certificates].filter(
    ({ offset }) => !unreadable.has(offset),
  );
  return { ...(file === undefined ? {} : { file }), mistakes: [...problems, ...others] };
};

const noCertificates: CertificateReader = () => ({ ok: false, problem: 'cannot be read here' });

const emptyText = 'the inventory is empty; the least it needs is  hosts: { worker-1: { address: 10.0.0.21 } }';

const validate = (checked: YamlNode, root: YamlNode): Read => {
  const result = inventorySchema.safeParse(toData(checked));
  const schema = inventoryJsonSchema();
  const secrets = findClearText(root, schema);
  const refused = new Set(secrets.map(({ path }) => formatPath(path)));
  const issues = result.success ? [] : result.error.issues;
  const mistakes = issues
    .flatMap(issue => describeIssue(issue, checked, schema))
    .filter(({ path }) => !refused.has(formatPath(path)));
  return { ...(result.success ? { file: result.data } : {}), mistakes: [...secrets, ...mistakes] };
};

const withoutExtensions = (root: YamlNode): YamlNode =>
  root.kind === 'mapping'
    ? { ...root, entries: new Map([...root.entries].filter(([key]) => !isExtensionKey(key))) }
    : root;
