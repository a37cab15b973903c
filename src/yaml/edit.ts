import { isDeepStrictEqual } from 'node:util';
import type { YamlLiteral } from './literal.ts';
import {
  byteOrderMark,
  isMap,
  parseYaml,
  withoutMark,
  type YamlDocument,
  type YamlMap,
  type YamlValue,
} from './parse.ts';
import { setValueTexts } from './set-value.ts';

export interface YamlEdit {
  readonly path: readonly string[];
  readonly value: YamlLiteral;
}

export type EditedYaml =
  | { readonly ok: true; readonly text: string; readonly value: YamlMap }
  | { readonly ok: false; readonly problem: string };

/**
 * Sets values in place and proves it: the result must parse to exactly the intended merge. Nothing is rewritten but the value,
 * or the line that is added, so comments and foreign keys stay. What cannot be proved is a problem, never a text (design 3.6).
 */
export const editYaml = (text: string, edits: readonly YamlEdit[]): EditedYaml => {
  const original = parseYaml(text);
  if (!original.ok) return original;
  let { document } = original;
  for (const edit of edits) {
    const next = applyOne(document, edit);
    if (typeof next === 'string') return { ok: false, problem: next };
    document = next;
  }
  return { ok: true, text: document.text, value: document.value };
};

const applyOne = (document: YamlDocument, { path, value }: YamlEdit): YamlDocument | string => {
  const intended = mergeValue(document.value, path, value);
  if (intended === undefined) return `${path.join('.')} cannot be set: a mapping or a list stands in its place`;
  if (isDeepStrictEqual(intended, document.value)) return document;
  const mark = document.text.startsWith(byteOrderMark) ? byteOrderMark : '';
  for (const text of setValueTexts(withoutMark(document.text), document.root, path, value)) {
    const result = parseYaml(mark + text);
    if (result.ok && isDeepStrictEqual(result.document.value, intended)) return result.document;
  }
  return `${path.join('.')} cannot be changed in place in this file`;
};

/** What the parsed document must be after the edit; undefined when the path ends at, or runs through, something else. */
export const mergeValue = (
  map: YamlMap,
  [key, ...rest]: readonly string[],
  value: YamlLiteral,
): YamlMap | undefined => {
  // A merged mapping (`<<`) would count for some readers and not for others.
  if (key === undefined || key === '__proto__' || Object.hasOwn(map, '<<')) return undefined;
  const current = Object.hasOwn(map, key) ? map[key] : undefined;
  if (rest.length === 0) return isCollection(current) ? undefined : { ...map, [key]: value };
  if (current !== undefined && current !== null && !isMap(current)) return undefined;
  const inner = mergeValue(current ?? {}, rest, value);
  return inner === undefined ? undefined : { ...map, [key]: inner };
};

const isCollection = (value: YamlValue | undefined): boolean => typeof value === 'object' && value !== null;
