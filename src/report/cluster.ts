import type { PlannedChange, Run } from '../core/result.ts';
import { renderChange } from './change.ts';
import { plural } from './counts.ts';
import { type Context, isWorthTelling, rankOf, renderFinding } from './finding.ts';

/** What concerns the cluster and no single host: its findings, and what is written to it. */
export const clusterLines = (
  { cluster }: Run,
  context: Context,
  markOf: (change: PlannedChange) => string,
): string[] => {
  if (cluster === undefined) return [];
  const { style, at } = context;
  const findings = cluster.findings
    .filter(finding => isWorthTelling(finding, context))
    .toSorted((left, right) => rankOf(left, at) - rankOf(right, at));
  if (findings.length === 0 && cluster.changes.length === 0) return [];
  const says = cluster.changes.length === 0 ? '' : `  ${plural(cluster.changes.length, 'change')}`;
  return [
    `${style.bold('cluster')}${says}`,
    ...findings.flatMap(finding => renderFinding(finding, context)),
    ...cluster.changes.flatMap(change => renderChange(change, markOf(change), context)),
    '',
  ];
};
