import type { Run } from '../core/result.ts';
import { plural } from './counts.ts';
import { type Context, isWorthTelling, rankOf, renderFinding } from './finding.ts';
import { renderHosts } from './host-blocks.ts';
import { findingsVerdict } from './verdict.ts';

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** `3 hosts in 0.9 s` */
export const opening = (run: Run, { options }: Context): string[] =>
  options.quiet ? [] : [`${plural(run.hosts.length, 'host')} in ${seconds(run.durationMs)}`, ''];

/** Findings of the checks that compare hosts. */
export const renderFleet = (run: Run, context: Context): string[] => {
  const told = run.fleet.filter(finding => isWorthTelling(finding, context));
  if (told.length === 0) return [];
  const lines = [...told]
    .sort((a, b) => rankOf(a, context.at) - rankOf(b, context.at))
    .flatMap(finding => renderFinding(finding, context));
  return [context.style.bold('hosts compared with each other'), ...lines, ''];
};

export const renderCheck = (run: Run, context: Context): string[] => [
  ...opening(run, context),
  ...renderHosts(run.hosts, context),
  ...renderFleet(run, context),
  ...findingsVerdict(run, context),
];
