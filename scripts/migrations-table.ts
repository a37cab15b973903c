import type { Migrated } from '../test/nodes/support/migrated.ts';
import { dated, mergeRows, type Report, tableRow } from './seen-table.ts';

export type MigrationsReport = Report<{ readonly migrated?: Migrated }>;

const head = `<!-- Written by npm run test:matrix. Do not edit. -->

# Migrations that were tried

Each row is a test of the lab ([test/lab](../test/lab)) on trixie. *Alone*: a container node without a kubelet; \`apply --allow-migration\`, one socket answers crictl, a sandbox
runs, a second plan is empty; after \`rollback\` the old runtime answers alone, and files, packages, units and sysctls are as before;
*by dnf*, *by zypper*: on trixie that calls itself Rocky 9 or Leap 15.6, with rpms. *Node of a cluster*: with pods, a DaemonSet and a static
pod, drained; afterwards Ready in the new runtime, by kubelet, Node and kubeadm's annotation, workloads back. *Control plane of three*: one of them, with two API servers and a quorum of etcd at
every look from outside, its images put into the new store before. *Interrupted*: how and when \`apply\` was cut, and what was typed next. After
\`recover\` the host is as before; after \`apply\` it is in the new runtime, as above, and \`rollback\` leaves it as before; either way one socket answers, and crictl runs a sandbox there.
Packages called upstream's are Debian's programs, or built by the lab, in packages like upstream's.

| from | to | host | interrupted | new runtime by CRI | driver | sandbox | seen |
|---|---|---|---|---|---|---|---|
`;

/** Rows of migrations that this run did not make stay as they are, with their dates. */
export const renderMigrations = (page: string, { testResults }: MigrationsReport, date: string): string => {
  const seen = testResults.flatMap(({ assertionResults }) => assertionResults);
  const lines = seen.flatMap(({ status, meta: { migrated } }) =>
    migrated === undefined ? [] : [row(migrated, status, date)],
  );
  return `${head}${mergeRows(page, lines, keyColumns)}`;
};

const row = (one: Migrated, status: string, date: string): string => {
  const { from, to, host, interrupted = '', version = '', driver = '', sandbox = '', skipped } = one;
  return tableRow([from, to, host, interrupted, version, driver, sandbox, dated(status, date, skipped)]);
};

/** What was tried, not what was seen of it. */
const keyColumns = 4;
