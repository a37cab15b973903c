export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into lines and columns as editors count them: from 1, columns in characters. Line breaks as YAML has them. */
export const positionsIn = (text: string): ((offset: number) => Position) => {
  const lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\n|\r/g), match => match.index + match[0].length)];
  return offset => {
    const line = lastAtOrBefore(lineStarts, offset);
    const before = text.slice(lineStarts[line] ?? 0, offset);
    return { line: line + 1, column: before.length - surrogatePairs(before) + 1 };
  };
};

const surrogatePairs = (text: string): number => text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0;

const lastAtOrBefore = (sorted: readonly number[], wanted: number): number => {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
};
