import type { Section } from './locate.ts';

/** Offset just after the line that holds `offset`, its line end included. */
export const lineEndAfter = (text: string, offset: number): number => {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
};

export const lineStartBefore = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** White space before `offset` on its line; undefined when something else stands there. */
export const indentAt = (text: string, offset: number): string | undefined => {
  const before = text.slice(lineStartBefore(text, offset), offset);
  return /^[ \t]*$/.test(before) ? before : undefined;
};

export const lineEndOf = (text: string): string => (/\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n');

/** Whole lines put in at a line boundary; closes an unfinished last line first. */
export const insertLines = (text: string, offset: number, lines: readonly string[]): string => {
  const lineEnd = lineEndOf(text);
  const head = text.slice(0, offset);
  const closed = head === '' || head.endsWith('\n') ? head : head + lineEnd;
  return closed + lines.map(line => line + lineEnd).join('') + text.slice(offset);
};

/** How far this file's entries stand in from their header; two spaces when it does not show. */
export const entryIndent = (text: string, sections: readonly Section[], section: Section): string => {
  const own = indentAt(text, section.node.range[0]) ?? '';
  const last = section.node.body.at(-1);
  const lastIndent = last === undefined ? undefined : indentAt(text, last.range[0]);
  if (lastIndent !== undefined) return lastIndent;
  return own + (sections.map(other => relativeIndent(text, other)).find(indent => indent !== undefined) ?? '  ');
};

const relativeIndent = (text: string, { node }: Section): string | undefined => {
  const header = indentAt(text, node.range[0]);
  const first = node.body[0];
  const entry = first === undefined ? undefined : indentAt(text, first.range[0]);
  return header !== undefined && entry?.startsWith(header) ? entry.slice(header.length) : undefined;
};
