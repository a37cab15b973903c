import { isDeepStrictEqual } from 'node:util';
import type { Literal } from './literal.ts';
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
import { removeItems } from './remove-items.ts';
import { removeKey } from './remove-key.ts';
import { setValue } from './set-value.ts';

export type TomlEdit =
  | { readonly kind: 'set'; readonly path: readonly string[]; readonly value: Literal }
  | { readonly kind: 'remove-items'; readonly path: readonly string[]; readonly items: readonly string[] }
  /** The value or table at `path`, with all below it. */
  | { readonly kind: 'remove'; readonly path: readonly string[] };

export type Edited =
  | { readonly ok: true; readonly text: string; readonly value: TomlTable }
  | { readonly ok: false; readonly problem: string };

/**
 * Applies edits in place and proves them: the result must parse to exactly the intended merge and hold every comment
 * of the original. What cannot be proved is a problem, never a text (design 3.6).
 */
export const editToml = (text: string, edits: readonly TomlEdit[]): Edited => {
  const original = parseToml(text);
  if (!original.ok) return { ok: false, problem: `line ${original.problem.line}: ${original.problem.message}` };
  let document = original.document;
  for (const edit of edits) {
    const next = applyOne(document, edit);
    if (typeof next === 'string') return { ok: false, problem: next };
    document = next;
  }
  return { ok: true, text: document.text, value: document.value };
};

const applyOne = (document: TomlDocument, edit: TomlEdit): TomlDocument | string => {
  const intended = merge(document.value, edit);
  if (intended === undefined)
    return `${edit.path.join('.')} cannot be set: a table stands where a value should, or a value where a table should`;
  if (isDeepStrictEqual(intended, document.value)) return document;
  const mark = document.text.startsWith(byteOrderMark) ? byteOrderMark : '';
  const result = parseToml(mark + editBody(withoutMark(document.text), document, edit));
  const proved =
    result.ok &&
    isDeepStrictEqual(comparable(result.document.value, edit), comparable(intended, edit)) &&
    isDeepStrictEqual(commentsOf(result.document), commentsOf(document));
  return proved ? result.document : `${edit.path.join('.')} cannot be changed in place in this file`;
};

const editBody = (body: string, { tree }: TomlDocument, edit: TomlEdit): string => {
  if (edit.kind === 'set') return setValue(body, tree, edit.path, edit.value);
  return edit.kind === 'remove' ? removeKey(body, tree, edit.path) : removeItems(body, tree, edit.path, edit.items);
};

/** A table that only headers of what was removed had made is gone with them; one with a header of its own stays, empty. */
const comparable = (value: TomlTable, { kind, path }: TomlEdit): TomlTable =>
  kind === 'remove' ? withoutEmpty(value, path.slice(0, -1)) : value;

const withoutEmpty = (table: TomlTable, [key, ...rest]: readonly string[]): TomlTable => {
  const inner = key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
  if (key === undefined || !isTable(inner)) return table;
  const kept = withoutEmpty(inner, rest);
  return Object.keys(kept).length === 0 ? withoutKey(table, key) : withKey(table, key, kept);
};

/** What the parsed document must be after the edit; undefined when the path runs through something that is no table. */
export const merge = (table: TomlTable, edit: TomlEdit): TomlTable | undefined => {
  if (edit.kind === 'set') return withValue(table, edit.path, edit.value);
  return edit.kind === 'remove' ? withoutPath(table, edit.path) : withoutItems(table, edit);
};

const withoutPath = (table: TomlTable, [key, ...rest]: readonly string[]): TomlTable => {
  const current = key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
  if (key === undefined || current === undefined) return table;
  if (rest.length === 0) return withoutKey(table, key);
  return isTable(current) ? withKey(table, key, withoutPath(current, rest)) : table;
};

const withValue = (table: TomlTable, [key, ...rest]: readonly string[], value: Literal): TomlTable | undefined => {
  if (key === undefined) return undefined;
  const current = Object.hasOwn(table, key) ? table[key] : undefined;
  // A setting never replaces a whole table.
  if (rest.length === 0) return isTable(current) ? undefined : withKey(table, key, value);
  if (current !== undefined && !isTable(current)) return undefined;
  const inner = withValue(current ?? {}, rest, value);
  return inner === undefined ? undefined : withKey(table, key, inner);
};

const withoutItems = (
  table: TomlTable,
  { path, items }: Extract<TomlEdit, { kind: 'remove-items' }>,
): TomlTable | undefined => {
  const [key, ...rest] = path;
  const current = key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
  if (key === undefined || current === undefined) return table;
  if (rest.length === 0) return Array.isArray(current) ? withKey(table, key, without(current, items)) : undefined;
  if (!isTable(current)) return undefined;
  const inner = withoutItems(current, { kind: 'remove-items', path: rest, items });
  return inner === undefined ? undefined : withKey(table, key, inner);
};

const without = (values: readonly TomlValue[], items: readonly string[]): readonly TomlValue[] =>
  values.filter(value => typeof value !== 'string' || !items.includes(value));

const withoutKey = (table: TomlTable, key: string): TomlTable =>
  Object.fromEntries(Object.entries(table).filter(([own]) => own !== key));
