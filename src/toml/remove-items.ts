import type { AST } from 'toml-eslint-parser';
import { lineStartBefore } from './layout.ts';
import { entriesOf, samePath } from './locate.ts';

/** The text with every element of the array at `path` that is one of `items` taken out; comments and the rest stay. */
export const removeItems = (
  text: string,
  tree: AST.TOMLProgram,
  path: readonly string[],
  items: readonly string[],
): string => {
  const array = entriesOf(tree).find(entry => samePath(entry.path, path))?.node.value;
  if (array?.type !== 'TOMLArray') return text;
  const doomed = array.elements.filter(element => isOneOf(element, items));
  // From the back, so that earlier offsets stay true.
  return doomed.reduceRight((rest, element) => removeElement(rest, tree, array, element), text);
};

export const isOneOf = (element: AST.TOMLContentNode, items: readonly string[]): boolean =>
  element.type === 'TOMLValue' && element.kind === 'string' && items.includes(element.value);

const removeElement = (
  text: string,
  tree: AST.TOMLProgram,
  array: AST.TOMLArray,
  element: AST.TOMLContentNode,
): string => {
  const [start, end] = element.range;
  const comma = tree.tokens.find(({ range: [at] }) => at >= end);
  if (comma?.value === ',' && comma.range[0] < array.range[1]) {
    // White space between element and comma goes too, a comment between them stays.
    const between = text.slice(end, comma.range[0]);
    return cut(text, start, comma.range[1], between.trim() === '' ? '' : between);
  }
  const before = tree.tokens.findLast(({ range: [, to] }) => to <= start);
  const joined = before?.value === ',' && /^[ \t]*$/.test(text.slice(before.range[1], start));
  return cut(text, joined ? before.range[0] : start, end, '');
};

/** Takes the range out; a line that holds nothing else goes as a whole, else the gap behind it closes. */
const cut = (text: string, start: number, end: number, keep: string): string => {
  const lineStart = lineStartBefore(text, start);
  const tail = /^[ \t]*(\r?\n)?/.exec(text.slice(end)) ?? [''];
  const aloneOnLine = keep === '' && tail[1] !== undefined && text.slice(lineStart, start).trim() === '';
  if (aloneOnLine) return text.slice(0, lineStart) + text.slice(end + tail[0].length);
  const gap = keep === '' && tail[1] === undefined ? tail[0].length : 0;
  return text.slice(0, start) + keep + text.slice(end + gap);
};
