import type { AST } from 'toml-eslint-parser';
import { lineEndOf, lineStartBefore } from './layout.ts';
import { entriesOf, isPrefix, sectionsOf } from './locate.ts';

/**
 * The text without `path` and all below it: headers, dotted keys and members of inline tables. Comments stay where they are, those
 * inside a value that goes as lines of their own. The result is to be proved by whoever calls (edit.ts).
 */
export const removeKey = (text: string, tree: AST.TOMLProgram, path: readonly string[]): string => {
  const headers = sectionsOf(tree).flatMap(({ path: own, node }) =>
    isPrefix(path, own) ? [{ range: headerRange(node), inline: false }] : [],
  );
  const entries = entriesOf(tree)
    .filter(entry => isPrefix(path, entry.path))
    .map(({ node, container }) => ({ range: node.range, inline: container.type === 'TOMLInlineTable' }));
  const outermost = entries.filter(({ range }) => !entries.some(other => encloses(other.range, range)));
  // From the back, so that earlier offsets stay true.
  return [...headers, ...outermost]
    .toSorted((left, right) => right.range[0] - left.range[0])
    .reduce((rest, { range, inline }) => (inline ? cutMember(rest, tree, range) : cutLines(rest, tree, range)), text);
};

const encloses = (outer: AST.Range, inner: AST.Range): boolean =>
  outer !== inner && outer[0] <= inner[0] && inner[1] <= outer[1];

/** `[a.b]` or `[[a.b]]`, brackets included. */
const headerRange = ({ range, key, kind }: AST.TOMLTable): AST.Range => [
  range[0],
  key.range[1] + (kind === 'array' ? 2 : 1),
];

const cutLines = (text: string, tree: AST.TOMLProgram, [start, end]: AST.Range): string => {
  const inside = tree.comments.filter(({ range: [at] }) => at >= start && at < end).map(({ value }) => `#${value}`);
  const tail = /^[ \t]*(\r?\n|$)?/.exec(text.slice(end)) ?? [''];
  const lineStart = lineStartBefore(text, start);
  const isAlone = tail[1] !== undefined && text.slice(lineStart, start).trim() === '';
  if (inside.length > 0) {
    const rest = tail[1] === undefined ? lineEndOf(text) + text.slice(end + tail[0].length) : text.slice(end);
    return text.slice(0, start) + inside.join(lineEndOf(text)) + rest;
  }
  if (!isAlone) return text.slice(0, start) + text.slice(end);
  const head = text.slice(0, lineStart);
  // The blank line that set a table apart goes with its header.
  const kept = text.startsWith('[', start) ? head.replace(/(\n)[ \t]*\r?\n$/, '$1') : head;
  return kept + text.slice(end + tail[0].length);
};

const cutMember = (text: string, tree: AST.TOMLProgram, [start, end]: AST.Range): string => {
  const next = tree.tokens.find(({ range: [at] }) => at >= end);
  if (next?.value === ',') {
    const gap = /^[ \t]*/.exec(text.slice(next.range[1]))?.[0].length ?? 0;
    return text.slice(0, start) + text.slice(next.range[1] + gap);
  }
  const before = tree.tokens.findLast(({ range: [, to] }) => to <= start);
  return text.slice(0, before?.value === ',' ? before.range[0] : start) + text.slice(end);
};
