import { type DisruptionRow, disruptionTable } from '../src/installers/disruption.ts';
import type { Disturbed } from '../test/nodes/support/disturbed.ts';
import { dated, mergeRows, type Report, tableRow } from './seen-table.ts';

export type DisturbedReport = Report<{ readonly disturbed?: Disturbed }>;

const head = `<!-- Written by npm run test:matrix. Do not edit. -->

# What changes were seen to disturb

Rows of [the disruption table](disruption.md), each tried by a test on a container node of the lab ([test/lab](../test/lab)) on which containers ran. *Seen*, by process ids and start times of
the containers, of who watches over them, and of the daemon, before and after: \`none\`: all went on (a reload too); \`restart\`: the daemon is another one, containers went on; \`drain\`: a container,
or who watches over it, ended. Where the table says \`drain\`, \`apply\` left the node alone, and what is seen came of doing the same by hand; \`none\` there: it was only seen to be refused.

| component | change | on a joined node | on | seen | when |
|---|---|---|---|---|---|
`;

/** Rows that this run did not reach stay as they are, with their dates. */
export const renderDisturbed = (page: string, { testResults }: DisturbedReport, date: string): string => {
  const seen = testResults.flatMap(({ assertionResults }) => assertionResults);
  const lines = seen.flatMap(({ status, meta: { disturbed } }) =>
    disturbed === undefined ? [] : [row(disturbed, status, date)],
  );
  return `${head}${mergeRows(page, lines, keyColumns)}`;
};

const row = ({ row: id, on, seen }: Disturbed, status: string, date: string): string => {
  const { component, what, disruption, onJoinedNode }: DisruptionRow = disruptionTable[id];
  return tableRow([component, what, onJoinedNode ?? disruption, on, seen, dated(status, date)]);
};

const keyColumns = 4;
