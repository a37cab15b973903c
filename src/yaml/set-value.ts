import type { YamlMapping, YamlNode } from './compose.ts';
import { type YamlLiteral, yamlLiteral } from './literal.ts';

/**
 * Texts with `path` set and every other byte as it was, the best first. Which of them means what was intended is proved
 * by whoever calls (edit.ts): an entry of which only the start is known may end in the middle of brackets.
 */
export const setValueTexts = (
  text: string,
  root: YamlMapping | undefined,
  path: readonly string[],
  value: YamlLiteral,
): readonly string[] => {
  if (root === undefined) return [insertLines(text, text.length, blockLines(path, value, ''))];
  const { mapping, rest, found } = nearest(root, path);
  if (found !== undefined) return replaceTexts(text, mapping, found, rest, value);
  return mapping.flow ? [addFlow(text, mapping, rest, value)] : addBlockTexts(text, mapping, rest, value);
};

interface Nearest {
  readonly mapping: YamlMapping;
  /** What of the path is left below the mapping. */
  readonly rest: readonly string[];
  /** The value that the first part of `rest` has: no mapping, or the last of the path. */
  readonly found: YamlNode | undefined;
}

const nearest = (mapping: YamlMapping, path: readonly string[]): Nearest => {
  const [name, ...rest] = path;
  const entry = mapping.entries.find(other => other.name === name);
  if (entry?.value.kind === 'mapping' && rest.length > 0) return nearest(entry.value, rest);
  return { mapping, rest: path, found: entry?.value };
};

const replaceTexts = (
  text: string,
  mapping: YamlMapping,
  found: YamlNode,
  rest: readonly string[],
  value: YamlLiteral,
): readonly string[] => {
  if (rest.length > 1) {
    const below = rest.slice(1);
    // Of a scalar only null can be meant; everything else is refused before.
    if (found.kind === 'scalar') return [splice(text, found.start, found.end, `{${flowEntry(below, value)}}`)];
    return found.kind === 'empty' ? fillEmpty(text, mapping, found, below, value) : [];
  }
  switch (found.kind) {
    case 'scalar':
    case 'alias':
      return [splice(text, found.start, found.end, yamlLiteral(value, found.quote))];
    case 'empty': {
      const colon = text.indexOf(':', found.start) + 1;
      return [splice(text, colon, colon, ` ${yamlLiteral(value)}`)];
    }
    default:
      return [];
  }
};

/** `memorySwap:` without a value becomes a mapping. */
const fillEmpty = (
  text: string,
  mapping: YamlMapping,
  found: YamlNode,
  rest: readonly string[],
  value: YamlLiteral,
): readonly string[] => {
  const colon = text.indexOf(':', found.start) + 1;
  const flow = splice(text, colon, colon, ` {${flowEntry(rest, value)}}`);
  const lines = blockLines(rest, value, `${indentOf(text, mapping)}  `);
  return mapping.flow ? [flow] : [insertLines(text, lineEndAfter(text, colon), lines), flow];
};

const addFlow = (text: string, mapping: YamlMapping, rest: readonly string[], value: YamlLiteral): string => {
  const added = flowEntry(rest, value);
  const last = mapping.entries.at(-1)?.value;
  if (last === undefined) return splice(text, mapping.start + 1, mapping.start + 1, added);
  return splice(text, mapping.start + 1, mapping.start + 1, `${added}, `);
};

const flowEntry = ([name = '', ...rest]: readonly string[], value: YamlLiteral): string =>
  `${yamlLiteral(name)}: ${rest.length === 0 ? yamlLiteral(value) : `{${flowEntry(rest, value)}}`}`;

/** After the entry that sorts before it, since kubeadm writes keys in order; else at the end, or before everything. */
const addBlockTexts = (
  text: string,
  mapping: YamlMapping,
  rest: readonly string[],
  value: YamlLiteral,
): readonly string[] => {
  const [name = ''] = rest;
  const lines = blockLines(rest, value, indentOf(text, mapping));
  const { entries } = mapping;
  const before = entries.findLast(entry => entry.name < name);
  const after = [before, entries.at(-1)].flatMap(entry => (entry === undefined ? [] : [entryEnd(text, entry.value)]));
  const first = entries[0]?.key.start ?? mapping.start;
  return [...after, lineStartBefore(text, first), text.length].map(offset => insertLines(text, offset, lines));
};

const entryEnd = (text: string, value: YamlNode): number => {
  // A block ends with its last line, at the start of the next.
  const isLineStart = value.kind !== 'empty' && value.end > 0 && text[value.end - 1] === '\n';
  return isLineStart ? value.end : lineEndAfter(text, value.end);
};

const blockLines = ([name = '', ...rest]: readonly string[], value: YamlLiteral, indent: string): readonly string[] =>
  rest.length === 0
    ? [`${indent}${yamlLiteral(name)}: ${yamlLiteral(value)}`]
    : [`${indent}${yamlLiteral(name)}:`, ...blockLines(rest, value, `${indent}  `)];

/** Of the keys; a mapping may start behind `- `, which the proof then refuses. */
const indentOf = (text: string, mapping: YamlMapping): string => {
  const first = mapping.entries[0]?.key.start ?? mapping.start;
  return ' '.repeat(first - lineStartBefore(text, first));
};

const splice = (text: string, start: number, end: number, by: string): string =>
  text.slice(0, start) + by + text.slice(end);

const lineEndAfter = (text: string, offset: number): number => {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
};

const lineStartBefore = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** Whole lines put in at a line boundary; closes an unfinished last line first. */
const insertLines = (text: string, offset: number, lines: readonly string[]): string => {
  const lineEnd = /\r?\n/.exec(text)?.[0] ?? '\n';
  const head = text.slice(0, offset);
  const closed = head === '' || head.endsWith('\n') ? head : head + lineEnd;
  return closed + lines.map(line => line + lineEnd).join('') + text.slice(offset);
};
