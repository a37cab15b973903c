import type { MatrixCell } from '../test/nodes/support/matrix/cell.ts';
import { dated, mergeRows, type Report, tableRow } from './seen-table.ts';

export type MatrixReport = Report<{ readonly matrixCell?: MatrixCell }>;

const head = `<!-- Written by npm run test:matrix. Do not edit. -->

# Runtimes, sources and releases that were tried

Each row is a test on a container node of the lab ([test/lab](../test/lab)): \`apply\`; CRI tells version and driver, and crictl, asked at the same socket, agrees; a
second plan is empty; after \`rollback\` files, packages, units and sysctls are as before. *foreign config*: the runtime was there, installed and configured by hand, and
what nodeprep does not set stayed as it was. Sandbox: \`ran\` on cgroup v1, where container nodes can run pods; on a bare host Docker has its image from a file;
\`off\` on sid, whose systemd takes cgroup v2 only. *Own kernel*: on a machine with a kernel of its own, cgroup v2 with all controllers; sandbox in a scope of
systemd's there, second plan empty, no rollback. Packages called upstream's are Debian's programs, or built by the lab, in packages like upstream's.

| runtime | source | release | host | version by CRI | driver | sandbox | refused | seen |
|---|---|---|---|---|---|---|---|---|
`;

/** Rows of cells that this run did not reach stay as they are, with their dates. */
export const renderMatrix = (page: string, report: MatrixReport, date: string): string =>
  `${head}${mergeRows(page, rowsOf(report, date), keyColumns)}`;

const rowsOf = ({ testResults }: MatrixReport, date: string): readonly string[] =>
  testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ status, meta: { matrixCell } }) =>
      matrixCell === undefined ? [] : [row(matrixCell, status, date)],
    ),
  );

const row = (cell: MatrixCell, status: string, date: string): string => {
  const { runtime, source, suite, state, version = '', driver = '', sandbox = '', refused = '', skipped } = cell;
  return tableRow([runtime, source, suite, state, version, driver, sandbox, refused, dated(status, date, skipped)]);
};

/** What the cell is, not what was seen in it. */
const keyColumns = 4;
