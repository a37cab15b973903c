import { countsAsError } from '../core/exit-code.ts';
import type { HostResult, PlannedChange, Run, StagedAnswer, StagedPackage } from '../core/result.ts';
import { renderChange, signOf } from './change.ts';
import { opening, renderFleet } from './check.ts';
import { clusterLines } from './cluster.ts';
import { countFindings, plural } from './counts.ts';
import { doneWord } from './done-word.ts';
import { type Context, isWorthTelling, rankOf, renderFinding } from './finding.ts';
import { keyed, wrap } from './layout.ts';
import { headingOf, leftLines, refusalLines } from './plan.ts';
import { troubles } from './verdict.ts';

const statusMark = (change: PlannedChange, { style }: Context): string => {
  if (change.status === 'done') return style.mark('pass');
  if (change.status === 'failed') return style.mark('error');
  if (change.status === 'reverted') return style.mark('reverted');
  return style.mark(change.status === 'not-run' ? 'notRun' : signOf(change));
};

const outcomeWords = (run: Run, host: HostResult): string => {
  const count = host.changes.filter(change => change.status === 'done').length;
  const what = count === 0 ? '' : `, ${plural(count, 'change')}`;
  if (host.staged !== undefined) return host.changes.length === 0 ? 'nothing to stage' : 'staged, nothing was changed';
  if (host.outcome === 'changed') return doneWord[run.command] + what;
  if (host.outcome === 'reverted') return 'reverted, as before the run';
  if (host.outcome === 'partial') return 'reverted only in part';
  if (host.state !== 'ok') return `${host.state}, nothing was changed`;
  return 'unchanged';
};

/** Unreachable hosts have no outcome: whether they changed is not known. */
const sayOf = (run: Run, host: HostResult): string =>
  host.outcome === undefined && host.state !== 'ok' && host.state !== 'refused' && host.state !== 'skipped'
    ? host.state
    : outcomeWords(run, host);

const runtimeLine = ({ runtime }: HostResult, { options }: Context): string[] => {
  if (runtime === undefined) return [];
  const says = `${runtime.name} ${runtime.version}: cgroup driver ${runtime.cgroupDriver} (${runtime.cgroupDriverFrom}), sandbox image ${runtime.sandboxImage}`;
  return keyed('in force', says, 2, 11, options.width);
};

const packagesOf = ({ packages }: StagedAnswer, wanted: StagedPackage['role']): string =>
  packages.flatMap(({ role, name, version }) => (role === wanted ? [`${name} ${version}`] : [])).join(', ');

const stagedLines = ({ staged, changes }: HostResult, { options }: Context): string[] => {
  if (staged === undefined || changes.length === 0) return [];
  const archives = changes
    .filter(({ kind }) => kind === 'archive' || kind === 'image')
    .map(({ target }) => `the archive of ${target}`);
  const fetched = [packagesOf(staged, 'new'), ...archives].filter(words => words !== '').join(', ');
  const back = packagesOf(staged, 'old');
  return [
    ...keyed('staged', fetched === '' ? 'nothing to fetch; its guards hold' : fetched, 2, 11, options.width),
    ...(back === '' ? [] : keyed('way back', back, 2, 11, options.width)),
  ];
};

const changeLines = (host: HostResult, context: Context): string[] => {
  const told = context.options.verbose
    ? host.changes
    : host.changes.filter(change => !context.options.quiet || change.status === 'failed');
  const brief: Context = { ...context, options: { ...context.options, quiet: !context.options.verbose } };
  return told.flatMap(change => renderChange(change, statusMark(change, context), brief));
};

const hostLines = (run: Run, host: HostResult, context: Context): string[] => {
  const isQuietlyFine = context.options.quiet && host.state === 'ok' && host.outcome !== 'reverted';
  const findings = host.findings.filter(finding => isWorthTelling(finding, context));
  if (isQuietlyFine && findings.length === 0 && host.outcome !== 'partial') return [];
  return [
    ...headingOf([host.host], sayOf(run, host), context),
    ...refusalLines(host, context),
    ...leftLines(host, context),
    ...stagedLines(host, context),
    ...changeLines(host, context),
    ...(context.options.quiet ? [] : runtimeLine(host, context)),
    ...[...findings]
      .sort((a, b) => rankOf(a, context.at) - rankOf(b, context.at))
      .flatMap(finding => renderFinding(finding, context)),
    '',
  ];
};

const isStaged = ({ staged, changes }: HostResult): boolean => staged !== undefined && changes.length > 0;

const tally = (run: Run): string[] => {
  const words = {
    changed: doneWord[run.command],
    unchanged: 'unchanged',
    reverted: 'reverted',
    partial: 'reverted only in part',
  };
  const staged = run.hosts.filter(isStaged).length;
  const told = (['changed', 'unchanged', 'reverted', 'partial'] as const).flatMap(outcome => {
    const isSo = (host: HostResult) => host.outcome === outcome && host.state !== 'refused' && !isStaged(host);
    const count = run.hosts.filter(isSo).length;
    return count === 0 ? [] : [`${plural(count, 'host')} ${words[outcome]}`];
  });
  return [...(staged === 0 ? [] : [`${plural(staged, 'host')} staged`]), ...told];
};

const verdict = (run: Run, context: Context): string[] => {
  const { options, style } = context;
  const findings = [...run.fleet, ...run.hosts.flatMap(host => host.findings)];
  const judgesFindings = run.command === 'apply';
  const errors = findings.filter(finding => countsAsError(finding, run.startedAt, false)).length;
  const left = judgesFindings ? countFindings(findings, run.startedAt) : '';
  const isBad = run.exitCode !== 0;
  const untold = { ...run, hosts: run.hosts.filter(host => host.outcome === undefined || host.state === 'refused') };
  const said = [...tally(run), ...troubles(untold), left === '' ? '' : `left: ${left}`].filter(part => part !== '');
  const sentence = said.length === 0 ? 'Nothing to do.' : `${said.join(', ')}.`;
  const isClean = !isBad && (errors === 0 || !judgesFindings);
  const undo = run.command === 'apply' && run.hosts.some(host => host.outcome === 'changed');
  const inventory = options.inventoryName ?? 'INVENTORY';
  return [
    ...wrap(`${style.mark(isClean ? 'pass' : 'error')} ${sentence}`, options.width),
    ...(run.hosts.some(isStaged) && !options.quiet
      ? ['In the window, nothing is fetched by:', `  nodeprep apply ${inventory} --staged`]
      : []),
    ...(undo && !options.quiet
      ? [`Run ${run.runId}.  Undo it with:`, `  nodeprep rollback ${inventory} --run ${run.runId}`]
      : []),
  ];
};

/** `apply`, `rollback`, `recover` and `reset`: what happened to each host, then how it stands. */
export const renderApply = (run: Run, context: Context): string[] => [
  ...opening(run, context),
  ...run.hosts.flatMap(host => hostLines(run, host, context)),
  ...renderFleet(run, context),
  ...clusterLines(run, context, change => statusMark(change, context)),
  ...verdict(run, context),
];
