import type { CritestRun } from '../test/nodes/support/critest/run.ts';
import { dated, mergeRows, type Report, tableRow } from './seen-table.ts';

export type CritestReport = Report<{ readonly critest?: CritestRun }>;

const head = `<!-- Written by npm run test:matrix. Do not edit. -->

# critest on prepared nodes

Kubernetes' own tests of what speaks CRI ([critest](https://github.com/kubernetes-sigs/cri-tools/blob/master/docs/validation.md) 1.36.0), on container nodes of the lab
that \`nodeprep apply\` prepared from bare. Images are made by the lab (busybox under the names that critest asks for) and come from its registry: by
\`registryMirrors\`, for Docker by the registries' own names. *Left out*: how many specs, and why: what
[left-out.ts](../test/nodes/support/critest/left-out.ts) names, and what critest leaves out by itself.

| runtime | source | release | version by CRI | passed | failed | left out | seen |
|---|---|---|---|---|---|---|---|
`;

export const renderCritest = (page: string, { testResults }: CritestReport, date: string): string => {
  const seen = testResults.flatMap(({ assertionResults }) => assertionResults);
  const lines = seen.flatMap(({ status, meta: { critest } }) =>
    critest === undefined ? [] : [row(critest, status, date)],
  );
  return `${head}${mergeRows(page, lines, 3)}`;
};

const row = (
  { runtime, source, suite, version, passed, failed, skipped }: CritestRun,
  status: string,
  date: string,
) => {
  const counts = [passed.length, failed.length].map(String);
  return tableRow([runtime, source, suite, version, ...counts, leftOut(skipped), dated(status, date)]);
};

const leftOut = (skipped: CritestRun['skipped']): string =>
  Object.entries(skipped)
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([why, count]) => `${count}: ${why}`)
    .join('; ');
