/** What vitest's JSON reporter tells of a run. */
export interface Report<Meta> {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly meta: Meta }[];
  }[];
}

export const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The last cell of a row. */
export const dated = (status: string, date: string, why?: string): string =>
  status === 'passed' ? date : `${status} on ${date}${why === undefined ? '' : `: ${why}`}`;

/** The rows of a page's table, and these in the places of those with the same first cells. */
export const mergeRows = (page: string, lines: readonly string[], keyColumns: number): string => {
  const keyOf = (line: string): string =>
    line
      .split('|')
      .slice(1, keyColumns + 1)
      .join('|');
  const known = page
    .slice(page.indexOf(underHead) + 1)
    .split('\n')
    .filter(isRow);
  const rows = new Map([...known, ...lines].map(line => [keyOf(line), line]));
  return `${[...rows.values()].toSorted().join('\n')}\n`;
};

/** What comes after it are rows. */
const underHead = '\n|---';

const isRow = (line: string): boolean => line.startsWith('| ');
