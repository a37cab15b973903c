import type { AST } from 'toml-eslint-parser';
import { entryIndent, indentAt, insertLines, lineEndAfter } from './layout.ts';
import { keyText, type Literal, literalText } from './literal.ts';
import {
  commonLength,
  type Entry,
  entriesOf,
  isPrefix,
  lastBest,
  type Section,
  samePath,
  sectionsOf,
} from './locate.ts';

/**
 * The text with `path` set, every other byte as it was. Where the value exists it is replaced; else it is added where
 * TOML allows it: inside the inline table that closes its path, beside dotted keys that define it, in its section, or
 * in a new section after its nearest relative. The result is to be proved by whoever calls (edit.ts).
 */
export const setValue = (text: string, tree: AST.TOMLProgram, path: readonly string[], value: Literal): string => {
  const entries = entriesOf(tree);
  const exact = entries.find(entry => samePath(entry.path, path));
  if (exact !== undefined) return replace(text, exact.node.value.range, literalLike(exact.node.value, value));

  const inline = lastBest(
    entries.filter(({ node, path: own }) => node.value.type === 'TOMLInlineTable' && isPrefix(own, path)),
    entry => entry.path.length,
  );
  if (inline?.node.value.type === 'TOMLInlineTable') {
    return addInline(text, entries, inline.path.length, inline.node.value, path, value);
  }

  const sections = sectionsOf(tree);
  const section = lastBest(
    sections.filter(({ path: own }) => isPrefix(own, path.slice(0, -1))),
    ({ path: own }) => own.length,
  );
  const sectionDepth = section?.path.length ?? 0;
  const dotted = nearestDotted(entries, path);
  if (dotted !== undefined && definedDepth(dotted, path) > sectionDepth) return addBeside(text, dotted, path, value);
  if (sectionDepth < path.length - 1) return addSection(text, sections, path, value);
  return section === undefined
    ? addAtRoot(text, tree, path, value)
    : addToSection(text, sections, section, path, value);
};

/** In the quotes that the file uses, where the new text can stand in them. */
const literalLike = (current: AST.TOMLContentNode, value: Literal): string => {
  const isLiteral = current.type === 'TOMLValue' && current.kind === 'string' && current.style === 'literal';
  return isLiteral && typeof value === 'string' && /^[ -&(-~]*$/.test(value) ? `'${value}'` : literalText(value);
};

const replace = (text: string, [start, end]: AST.Range, by: string): string =>
  text.slice(0, start) + by + text.slice(end);

/** How much of the path a dotted key outside inline tables has defined, beyond the section it stands in. */
const definedDepth = ({ path: own, base }: Entry, path: readonly string[]): number => {
  const depth = Math.min(commonLength(own.slice(0, -1), path), path.length - 1);
  return depth > base.length ? depth : 0;
};

const nearestDotted = (entries: readonly Entry[], path: readonly string[]): Entry | undefined =>
  lastBest(
    entries.filter(entry => entry.container.type !== 'TOMLInlineTable' && definedDepth(entry, path) > 0),
    entry => definedDepth(entry, path),
  );

const addBeside = (text: string, entry: Entry, path: readonly string[], value: Literal): string => {
  const shared = commonLength(entry.path.slice(0, -1), path) - entry.base.length;
  const key = spellKey(text, entry.node.key, shared, path.slice(entry.base.length));
  const indent = indentAt(text, entry.node.range[0]) ?? '';
  return insertLines(text, lineEndAfter(text, entry.node.range[1]), [`${indent}${key} = ${literalText(value)}`]);
};

/** The first `shared` parts as the file spells them, the rest as we do. */
const spellKey = (text: string, like: AST.TOMLKey, shared: number, names: readonly string[]): string =>
  names
    .map((name, index) => {
      const part = index < shared ? like.keys[index] : undefined;
      return part === undefined ? keyText(name) : text.slice(...part.range);
    })
    .join('.');

const addToSection = (
  text: string,
  sections: readonly Section[],
  section: Section,
  path: readonly string[],
  value: Literal,
): string => {
  const last = section.node.body.at(-1);
  const after = last?.range[1] ?? section.node.key.range[1];
  const line = `${entryIndent(text, sections, section)}${entryText(path, value)}`;
  return insertLines(text, lineEndAfter(text, after), [line]);
};

const addAtRoot = (text: string, tree: AST.TOMLProgram, path: readonly string[], value: Literal): string => {
  const last = tree.body[0].body.findLast(node => node.type === 'TOMLKeyValue');
  const offset = last === undefined ? headComment(text).length : lineEndAfter(text, last.range[1]);
  return insertLines(text, offset, [entryText(path, value)]);
};

/** Comments at the top that stand alone are about the file, others about what follows them. */
const headComment = (text: string): string => /^(?:[ \t]*#[^\n]*\n)+(?=[ \t]*\r?\n|$)/.exec(text)?.[0] ?? '';

const entryText = (path: readonly string[], value: Literal): string =>
  `${keyText(path.at(-1) ?? '')} = ${literalText(value)}`;

const addSection = (text: string, sections: readonly Section[], path: readonly string[], value: Literal): string => {
  const names = path.slice(0, -1);
  const relative = lastBest(
    sections.filter(({ path: own }) => commonLength(own, names) > 0),
    ({ path: own }) => commonLength(own, names),
  );
  if (relative === undefined) {
    const blank = text.trim() === '' ? [] : [''];
    return insertLines(text, text.length, [
      ...blank,
      `[${names.map(keyText).join('.')}]`,
      `  ${entryText(path, value)}`,
    ]);
  }
  const shared = commonLength(relative.path, names);
  const ownIndent = indentAt(text, relative.node.range[0]) ?? '';
  const deeper = ownIndent === '' ? 0 : Math.max(0, names.length - relative.path.length);
  const indent = shared === names.length ? '' : ownIndent + '  '.repeat(deeper);
  const header = `${indent}[${spellKey(text, relative.node.key, shared, names)}]`;
  const after = relative.node.body.at(-1)?.range[1] ?? relative.node.key.range[1];
  return insertLines(text, lineEndAfter(text, after), ['', header, `${indent}  ${entryText(path, value)}`]);
};

const addInline = (
  text: string,
  entries: readonly Entry[],
  depth: number,
  table: AST.TOMLInlineTable,
  path: readonly string[],
  value: Literal,
): string => {
  const dotted = entries.some(
    entry => entry.container === table && commonLength(entry.path.slice(0, -1), path) > depth,
  );
  const rest = path.slice(depth);
  const added = dotted ? `${rest.map(keyText).join('.')} = ${literalText(value)}` : nestedText(rest, value);
  const last = table.body.at(-1);
  return last === undefined
    ? replace(text, table.range, `{ ${added} }`)
    : replace(text, [last.range[1], last.range[1]], `, ${added}`);
};

const nestedText = ([name = '', ...rest]: readonly string[], value: Literal): string =>
  `${keyText(name)} = ${rest.length === 0 ? literalText(value) : `{ ${nestedText(rest, value)} }`}`;
