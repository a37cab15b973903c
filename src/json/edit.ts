import { isDeepStrictEqual } from 'node:util';
import { type JsonNode, type JsonObject, type JsonValue, parseJson } from './parse.ts';

/** A value below the top object; objects on the way are made. A number is an index, that of the length appends. */
export interface JsonEdit {
  readonly path: readonly [string, ...(string | number)[]];
  readonly value: JsonValue;
}

export type EditedJson =
  | { readonly ok: true; readonly text: string; readonly value: JsonObject }
  | { readonly ok: false; readonly problem: string };

/**
 * Applies edits in place and proves them: the result must parse to exactly the intended merge. Whatever is not edited keeps
 * its order, indentation and line ends. An empty file becomes an object.
 */
export const editJson = (text: string, edits: readonly JsonEdit[]): EditedJson => {
  let current = text.trim() === '' && edits.length > 0 ? '{}\n' : text;
  let intended: JsonValue | undefined = parsedValue(current);
  for (const edit of edits) {
    const parsed = parseJson(current);
    if (!parsed.ok) return { ok: false, problem: `line ${parsed.problem.line}: ${parsed.problem.message}` };
    intended = intended === undefined ? undefined : merge(intended, edit.path, edit.value);
    const next = setAt(current, parsed.document.root, edit.path, edit.value, 0);
    if (next === undefined || intended === undefined) {
      return { ok: false, problem: `${edit.path.join('.')} cannot be set: a value of another kind stands there` };
    }
    current = next;
  }
  const value = parsedValue(current);
  return isObject(value) && isDeepStrictEqual(value, intended)
    ? { ok: true, text: current, value }
    : {
        ok: false,
        problem: `${edits.map(({ path }) => path.join('.')).join(', ')} cannot be changed in place in this file`,
      };
};

const parsedValue = (text: string): JsonValue | undefined => {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.document.value : undefined;
};

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merge = (value: JsonValue, path: readonly (string | number)[], wanted: JsonValue): JsonValue | undefined => {
  const [head, ...rest] = path;
  if (head === undefined) return wanted;
  if (typeof head === 'number') {
    if (!Array.isArray(value) || head > value.length) return undefined;
    const items = value as readonly JsonValue[];
    const inner = merge(items[head] ?? {}, rest, wanted);
    return inner === undefined ? undefined : [...items.slice(0, head), inner, ...items.slice(head + 1)];
  }
  if (!isObject(value)) return undefined;
  const own = Object.hasOwn(value, head) ? value[head] : undefined;
  const inner = merge(own ?? {}, rest, wanted);
  return inner === undefined ? undefined : Object.fromEntries([...Object.entries(value), [head, inner]]);
};

const setAt = (
  text: string,
  node: JsonNode,
  path: readonly (string | number)[],
  value: JsonValue,
  depth: number,
): string | undefined => {
  const [head, ...rest] = path;
  if (head === undefined)
    return splice(text, node.start, node.end, write(value, indentAt(text, node.start), eolOf(text)));
  if (typeof head === 'number') {
    if (node.items === undefined) return undefined;
    const item = node.items[head];
    if (item !== undefined) return setAt(text, item, rest, value, depth + 1);
    return insert(text, node, node.items, '', nest(rest, value), depth);
  }
  if (node.members === undefined) return undefined;
  const member = node.members.findLast(({ key }) => key === head);
  if (member !== undefined) return setAt(text, member.node, rest, value, depth + 1);
  const places = node.members.map(({ start, node: { end } }) => ({ start, end }));
  return insert(text, node, places, `${JSON.stringify(head)}: `, nest(rest, value), depth);
};

const nest = (path: readonly (string | number)[], value: JsonValue): JsonValue =>
  path.reduceRight<JsonValue>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);

interface Place {
  readonly start: number;
  readonly end: number;
}

/** After the last one, in the way of the first. */
const insert = (
  text: string,
  node: JsonNode,
  places: readonly Place[],
  lead: string,
  value: JsonValue,
  depth: number,
): string => {
  const eol = eolOf(text);
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) {
    if (depth > 0) return splice(text, node.start + 1, node.end - 1, `${lead}${write(value, '', eol)}`);
    return splice(text, node.start + 1, node.end - 1, `${eol}${step}${lead}${write(value, step, eol)}${eol}`);
  }
  const gap = text.slice(node.start + 1, first.start);
  if (!gap.includes('\n')) return splice(text, last.end, last.end, `, ${lead}${write(value, '', eol)}`);
  const indent = gap.slice(gap.lastIndexOf('\n') + 1);
  return splice(text, last.end, last.end, `,${eol}${indent}${lead}${write(value, indent, eol)}`);
};

const step = '    ';

const splice = (text: string, start: number, end: number, inner: string): string =>
  text.slice(0, start) + inner + text.slice(end);

const eolOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

const indentAt = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';

/** Lists on one line, objects with a line for each key. */
const write = (value: JsonValue, indent: string, eol: string): string => {
  if (Array.isArray(value)) return `[${value.map(item => write(item as JsonValue, indent, eol)).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const inner = indent + (indent.includes('\t') ? '\t' : step);
  const lines = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)}: ${write(item, inner, eol)}`,
  );
  return lines.length === 0 ? '{}' : `{${eol}${lines.join(`,${eol}`)}${eol}${indent}}`;
};
