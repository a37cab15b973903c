import { type DisruptionId, type DisruptionRow, disruptionTable } from '../src/installers/disruption.ts';
import type { Disturbed } from '../test/nodes/support/disturbed.ts';
import { dated, mergeRows, type Report, tableRow } from './seen-table.ts';

export type DisturbedReport = Report<{ readonly disturbed?: Disturbed }>;

const head = `<!-- Written by npm run test:matrix. Do not edit. -->

# What changes were seen to disturb

Rows of [the disruption table](disruption.md), each tried by a test on a container node of the lab ([test/lab](../test/lab)) on which containers ran. *Seen*, by process ids and start times of
the containers, of who watches over them, and of the daemon, before and after: \`none\`: all went on (a reload too); \`restart\`: the daemon is another one, containers went on; \`drain\`: a container,
or who watches over it, ended. Where the table says \`drain\`, \`apply\` left the node alone, and what is seen came of doing the same by hand; \`none\` there: it was only seen to be refused.
*Node of a cluster*: pods of its kubelet ran, \`apply\` had the cluster, and the daemon is the kubelet.

| component | change | on a joined node | on | seen | when |
|---|---|---|---|---|---|
`;

/** Rows that this run did not reach stay as they are, with their dates; those of changes that are no more go. */
export const renderDisturbed = (page: string, { testResults }: DisturbedReport, date: string): string => {
  const seen = testResults.flatMap(({ assertionResults }) => assertionResults);
  const lines = seen.flatMap(({ status, meta: { disturbed } }) =>
    disturbed === undefined ? [] : [row(disturbed, status, date)],
  );
  const rows = mergeRows(page, lines, keyColumns).split('\n').filter(isOfTable);
  const rest = untriedRows(rows).map(
    ([id, { component, what }]) => `- ${component}: ${what}: ${reasons[id] ?? notYet}.\n`,
  );
  return `${head}${rows.join('\n')}\n${rest.length === 0 ? '' : `\n## Not tried so\n\n${rest.join('')}`}`;
};

const cells = ({ component, what }: DisruptionRow): string => `| ${component} | ${what} |`;

const isOfTable = (line: string): boolean => Object.values(disruptionTable).some(one => line.startsWith(cells(one)));

/** Rows of the disruption table of which the page shows none. */
const untriedRows = (rows: readonly string[]) =>
  (Object.entries(disruptionTable) as [DisruptionId, DisruptionRow][]).filter(
    ([, one]) => !rows.some(line => line.startsWith(cells(one))),
  );

const notYet = 'nobody has yet';
const kernel = 'nodes of the lab share the kernel of their machine; tried on kernels of their own, without containers';
const bare = 'no containers of that runtime run before it is there';
const migration = 'part of a migration, which is refused while a sandbox exists ([migrations.md](migrations.md))';
const reasons: Partial<Record<DisruptionId, string>> = {
  'kernel-module': kernel,
  swap: kernel,
  'containerd-install': bare,
  'docker-install': bare,
  'cri-dockerd-install': bare,
  'cri-o-install': bare,
  'runtime-retired': migration,
  'kubelet-runtime': migration,
  'kubelet-cgroup-driver': 'its containers end in the drain before, which test/clusters/driver-change.test.ts looks at',
  'container-selinux': 'nodes of the lab have no SELinux',
  'cri-o-selinux': 'nodes of the lab have no SELinux',
};

const row = ({ row: id, on, seen }: Disturbed, status: string, date: string): string => {
  const { component, what, disruption, onJoinedNode }: DisruptionRow = disruptionTable[id];
  return tableRow([component, what, onJoinedNode ?? disruption, on, seen, dated(status, date)]);
};

const keyColumns = 4;
