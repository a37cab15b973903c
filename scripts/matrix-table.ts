import type { MatrixCell } from '../test/nodes/support/matrix/cell.ts';

/** What vitest's JSON reporter tells of a run. */
export interface MatrixReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly meta: { readonly matrixCell?: MatrixCell };
    }[];
  }[];
}

const head = `<!-- Written by npm run test:matrix. Do not edit. -->

# Runtimes, sources and releases that were tried

Each row is a test on a container node of the lab ([test/lab](../test/lab)): \`apply\`; CRI tells version and driver, and crictl, asked at the same socket, agrees; a
second plan is empty; after \`rollback\` files, packages, units and sysctls are as before. *foreign config*: the runtime was there, installed and configured by hand, and
what nodeprep does not set stayed as it was. Sandbox: \`ran\` on cgroup v1, where container nodes can run pods; on a bare host Docker has its image from a file;
\`off\` on sid, whose systemd takes cgroup v2 only. Packages called upstream's are Debian's programs, or built by the lab, in packages like upstream's.

| runtime | source | release | host | version by CRI | driver | sandbox | refused | seen |
|---|---|---|---|---|---|---|---|---|
`;

/** Rows of cells that this run did not reach stay as they are, with their dates. */
export const renderMatrix = (page: string, report: MatrixReport, date: string): string => {
  const rows = new Map(
    page
      .split('\n')
      .filter(isRow)
      .map(line => [keyOf(line), line]),
  );
  for (const line of rowsOf(report, date)) rows.set(keyOf(line), line);
  return `${head}${[...rows.values()].toSorted().join('\n')}\n`;
};

const rowsOf = ({ testResults }: MatrixReport, date: string): readonly string[] =>
  testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ status, meta: { matrixCell } }) =>
      matrixCell === undefined ? [] : [row(matrixCell, status, date)],
    ),
  );

const row = (cell: MatrixCell, status: string, date: string): string => {
  const { runtime, source, suite, state, version = '', driver = '', sandbox = '', refused = '', skipped } = cell;
  const end = status === 'passed' ? date : `${status} on ${date}${skipped === undefined ? '' : `: ${skipped}`}`;
  return `| ${[runtime, source, suite, state, version, driver, sandbox, refused, end].join(' | ')} |`;
};

const isRow = (line: string): boolean => line.startsWith('| ') && !line.startsWith('| runtime |');

/** What the cell is, not what was seen in it. */
const keyOf = (line: string): string => line.split('|').slice(1, 5).join('|');
