import { isDeepStrictEqual } from 'node:util';
import type { AST } from 'toml-eslint-parser';
import type { Edited } from './edit.ts';
import { insertLines, lineEndAfter, lineStartBefore } from './layout.ts';
import { keyText } from './literal.ts';
import { isPrefix, keyNames, type Path, samePath, sectionsOf } from './locate.ts';
import {
  byteOrderMark,
  commentsOf,
  isTable,
  parseToml,
  type TomlDocument,
  type TomlTable,
  type TomlValue,
  withKey,
  withoutMark,
} from './parse.ts';

/** Where a key stands from now on, by where it stood; the same path = it stays. */
export type Remap = (path: readonly string[]) => readonly string[];

/**
 * The document with keys at other paths: headers and keys are spelled anew in place, so that comments, order and the spelling of values
 * stay; a key that no longer belongs to its section goes to the one that it belongs to, with the comment of its line. Proved as edits are:
 * the result parses to the remapped tree and holds every comment, or it is a problem.
 */
export const remapToml = (text: string, remap: Remap): Edited => {
  const original = parseToml(text);
  if (!original.ok) return { ok: false, problem: `line ${original.problem.line}: ${original.problem.message}` };
  const { document } = original;
  const intended = remapTree(document.value, remap);
  if (isDeepStrictEqual(intended, document.value)) return { ok: true, text, value: document.value };
  const mark = text.startsWith(byteOrderMark) ? byteOrderMark : '';
  const rewritten = intended === undefined ? undefined : rewrite(withoutMark(text), document, remap);
  const result = rewritten === undefined ? undefined : parseToml(mark + rewritten);
  const isProved =
    result?.ok &&
    isDeepStrictEqual(withoutEmpty(result.document.value), withoutEmpty(intended ?? {})) &&
    isDeepStrictEqual(commentsOf(result.document).toSorted(), commentsOf(document).toSorted());
  return isProved
    ? { ok: true, text: result.document.text, value: result.document.value }
    : { ok: false, problem: 'its keys cannot be moved in place in this file' };
};

/** Every leaf by itself, so that a table may be split; undefined: two would stand at one path. */
const remapTree = (table: TomlTable, remap: Remap): TomlTable | undefined =>
  leavesOf(table).reduce<TomlTable | undefined>(
    (tree, { path, value }) => (tree === undefined ? undefined : withLeaf(tree, remap(path), value)),
    {},
  );

interface Leaf {
  readonly path: readonly string[];
  readonly value: TomlValue;
}

const leavesOf = (value: TomlValue, path: readonly string[] = []): readonly Leaf[] =>
  isTable(value) ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key])) : [{ path, value }];

const withLeaf = (table: TomlTable, [key, ...rest]: readonly string[], value: TomlValue): TomlTable | undefined => {
  if (key === undefined) return undefined;
  const current = Object.hasOwn(table, key) ? table[key] : undefined;
  if (rest.length === 0) return current === undefined ? withKey(table, key, value) : undefined;
  if (current !== undefined && !isTable(current)) return undefined;
  const inner = withLeaf(current ?? {}, rest, value);
  return inner === undefined ? undefined : withKey(table, key, inner);
};

const withoutEmpty = (table: TomlTable): TomlTable =>
  Object.fromEntries(
    Object.entries(table)
      .map(([key, value]) => [key, isTable(value) ? withoutEmpty(value) : value] as const)
      .filter(([, value]) => !isTable(value) || Object.keys(value).length > 0),
  );

interface Splice {
  readonly range: AST.Range;
  readonly by: string;
}

/** A key that leaves its section: `text` is its line from the equals sign on. */
interface Leaving {
  readonly path: readonly string[];
  readonly text: string;
}

const rewrite = (text: string, { tree }: TomlDocument, remap: Remap): string | undefined => {
  const splices: Splice[] = [];
  const leaving: Leaving[] = [];
  const place = (entry: AST.TOMLKeyValue, base: readonly string[], header: readonly string[]): boolean => {
    const from = [...base, ...keyNames(entry.key)];
    const to = movedWhole(entry, from, remap);
    if (to === undefined) return false;
    if (isPrefix(header, to) && to.length > header.length) {
      const isSame = samePath(from.slice(base.length), to.slice(header.length));
      if (!isSame) splices.push({ range: entry.key.range, by: to.slice(header.length).map(keyText).join('.') });
      return true;
    }
    const [start, end] = [lineStartBefore(text, entry.range[0]), lineEndAfter(text, entry.range[1])];
    leaving.push({ path: to, text: text.slice(entry.key.range[1], end).trim() });
    splices.push({ range: [start, end], by: '' });
    return true;
  };
  for (const node of tree.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      if (!place(node, [], [])) return undefined;
      continue;
    }
    const base = namesOf(node.resolvedKey);
    if (base === undefined) {
      if (node.body.some(entry => movesAny(entry, node.resolvedKey, remap))) return undefined;
      continue;
    }
    const header = headerOf(node, base, remap);
    if (!samePath(base, header)) splices.push({ range: node.key.range, by: header.map(keyText).join('.') });
    if (!node.body.every(entry => place(entry, base, header))) return undefined;
  }
  const moved = splices
    .toSorted((left, right) => right.range[0] - left.range[0])
    .reduce((rest, { range: [start, end], by }) => rest.slice(0, start) + by + rest.slice(end), text);
  return leaving.reduce(settle, moved);
};

/** undefined: it stands in an array of tables. */
const namesOf = (path: Path): readonly string[] | undefined =>
  path.every(key => typeof key === 'string') ? path.map(String) : undefined;

const movesAny = (entry: AST.TOMLKeyValue, base: Path, remap: Remap): boolean => {
  const path = [...base.filter(key => typeof key === 'string'), ...keyNames(entry.key)];
  return !samePath(remap(path), path);
};

/** Where a key with all that its inline table holds goes; undefined: to more than one place. */
const movedWhole = (
  { value }: AST.TOMLKeyValue,
  from: readonly string[],
  remap: Remap,
): readonly string[] | undefined => {
  if (value.type !== 'TOMLInlineTable' || value.body.length === 0) return remap(from);
  const goals = innerPaths(value, from).map(path => {
    const rest = path.slice(from.length);
    const to = remap(path);
    return samePath(to.slice(-rest.length), rest) ? to.slice(0, -rest.length) : undefined;
  });
  const [first] = goals;
  return first !== undefined && goals.every(goal => goal !== undefined && samePath(goal, first)) ? first : undefined;
};

const innerPaths = (table: AST.TOMLInlineTable, base: readonly string[]): readonly (readonly string[])[] =>
  table.body.flatMap(({ key, value }) => {
    const path = [...base, ...keyNames(key)];
    return value.type === 'TOMLInlineTable' && value.body.length > 0 ? innerPaths(value, path) : [path];
  });

/** The header under which most of its keys can stay. */
const headerOf = (node: AST.TOMLTable, base: readonly string[], remap: Remap): readonly string[] => {
  if (node.body.length === 0) return remap(base);
  const goals = node.body.map(entry => {
    const names = keyNames(entry.key);
    const to = movedWhole(entry, [...base, ...names], remap) ?? [];
    return { to, header: to.slice(0, -names.length) };
  });
  const stay = (header: readonly string[]): number =>
    goals.filter(({ to }) => isPrefix(header, to) && to.length > header.length).length;
  return [remap(base), ...goals.map(({ header }) => header)].reduce(
    (best, header) => (stay(header) > stay(best) ? header : best),
    base,
  );
};

/** Behind the last key of its section, else in a section of its own at the end. */
const settle = (text: string, { path, text: rest }: Leaving): string => {
  const parsed = parseToml(text);
  const names = path.slice(0, -1);
  const line = `${keyText(path.at(-1) ?? '')} ${rest}`;
  const section = parsed.ok
    ? sectionsOf(parsed.document.tree).findLast(({ path: own }) => samePath(own, names))
    : undefined;
  if (section === undefined)
    return insertLines(text, text.length, ['', `[${names.map(keyText).join('.')}]`, `  ${line}`]);
  const { node } = section;
  const last = node.body.at(-1);
  const start = last?.range[0] ?? node.range[0];
  const indent = /^[ \t]*/.exec(text.slice(lineStartBefore(text, start)))?.[0] ?? '';
  const after = lineEndAfter(text, last?.range[1] ?? node.key.range[1]);
  return insertLines(text, after, [`${indent}${last === undefined ? '  ' : ''}${line}`]);
};
