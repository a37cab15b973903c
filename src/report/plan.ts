import { worstDisruption } from '../core/disturbance.ts';
import type { HostResult, PlannedChange, Run } from '../core/result.ts';
import { batchLines } from './batches.ts';
import { renderChange, signOf } from './change.ts';
import { opening } from './check.ts';
import { clusterLines } from './cluster.ts';
import { plural } from './counts.ts';
import { drainLines, drainSays } from './drain.ts';
import { type Context, renderFinding } from './finding.ts';
import { foldHosts } from './fold-hosts.ts';
import { keyed, wrap } from './layout.ts';
import { troubles } from './verdict.ts';

const isLater = (change: PlannedChange): boolean => change.kind === 'later';

/** Settings whose text is known only once a package is there. */
const laterLines = (changes: readonly PlannedChange[], { options }: Context): string[] => {
  const later = changes.filter(isLater);
  if (later.length === 0) return [];
  return [
    ...wrap('  … then, once what reads them is there (text known only then):', options.width),
    ...later.flatMap(change => keyed('', change.summary, 6, 0, options.width)),
  ];
};

const worst = (changes: readonly PlannedChange[]): string => {
  const disruption = worstDisruption(changes);
  return disruption === 'none' ? 'nothing is disturbed' : `disturbs by ${disruption}`;
};

export const refusalLines = ({ error }: HostResult, { options }: Context): string[] =>
  error === undefined
    ? []
    : [
        ...keyed('', error.message, 2, 0, options.width),
        ...(error.hint === undefined ? [] : keyed('', error.hint, 2, 0, options.width)),
      ];

/** What stays although it was, or would be, taken back. */
export const leftLines = ({ notReverted }: HostResult, { options }: Context): string[] =>
  (notReverted ?? []).flatMap(what => keyed('left', what, 2, 11, options.width));

export const headingOf = (names: readonly string[], says: string, { options, style }: Context): string[] => {
  const folded = foldHosts(names);
  return wrap(`${folded}  ${says}`, options.width).map(line =>
    line.startsWith(folded) ? style.bold(folded) + line.slice(folded.length) : line,
  );
};

const sayOf = (host: HostResult): string => {
  const drain = drainSays(host);
  if (host.state !== 'ok') return host.drain?.feasible === false ? `${host.state}, ${drain}` : host.state;
  const now = host.changes.filter(change => !isLater(change)).length;
  return host.changes.length === 0 ? 'nothing to change' : `${plural(now, 'change')}, ${drain ?? worst(host.changes)}`;
};

/** While a run holds the host, or was left half done, what it did may go back: then the plan is another one. */
const unsettledLines = ({ findings }: HostResult, context: Context): string[] =>
  findings
    .filter(({ check, status, severity }) => check === 'unfinished-run' && status === 'fail' && severity !== 'warning')
    .flatMap(finding => renderFinding(finding, context));

const bodyOf = (host: HostResult, context: Context): string[] => [
  ...unsettledLines(host, context),
  ...refusalLines(host, context),
  ...host.changes
    .filter(change => !isLater(change))
    .flatMap(change => renderChange(change, context.style.mark(signOf(change)), context)),
  ...laterLines(host.changes, context),
  ...leftLines(host, context),
  ...drainLines(host, context.options.rolloutNotes, context),
];

/** Hosts with the same plan, to the letter, are told once. */
const blocksOf = (hosts: readonly HostResult[], context: Context): string[] => {
  const byPlan = new Map<string, { hosts: string[]; says: string; body: string[] }>();
  for (const host of hosts) {
    const body = bodyOf(host, context);
    const words = JSON.stringify([sayOf(host), body]);
    const before = byPlan.get(words);
    if (before) before.hosts.push(host.host);
    else byPlan.set(words, { hosts: [host.host], says: sayOf(host), body });
  }
  return [...byPlan.values()].flatMap(block => [...headingOf(block.hosts, block.says, context), ...block.body, '']);
};

const planVerdict = (run: Run, { options, style }: Context): string[] => {
  const changing = run.hosts.filter(host => host.changes.length > 0).length;
  const parts = [
    changing === 0 ? 'Nothing to change' : `${plural(changing, 'host')} would change`,
    ...troubles(run),
  ].join(', ');
  const isBlocked = run.exitCode === 3 || run.exitCode === 5;
  const mark = style.mark(isBlocked ? 'error' : changing === 0 ? 'pass' : 'change');
  const inventory = options.inventoryName ?? 'INVENTORY';
  const { savedTo } = options;
  const save =
    savedTo === undefined ? 'Save it with --out plan.json, run it with:' : `Saved to ${savedTo}. Run it with:`;
  const next = `  nodeprep apply ${inventory}${savedTo === undefined ? '' : ` --plan ${savedTo}`}`;
  // A command that would be refused is no advice.
  const advice =
    run.exitCode === 5 ? ['Nothing was changed.'] : [...wrap(`Nothing was changed.  ${save}`, options.width), next];
  const told = changing === 0 || options.quiet || options.isAsked ? [] : advice;
  return [`${mark} ${parts}.`, ...told];
};

/** Manifests are for kubectl, so they are not wrapped. */
const manifestLines = ({ options }: Context): string[] => {
  if (options.manifests === undefined || options.quiet) return [];
  const { yaml, savedTo } = options.manifests;
  const says =
    savedTo === undefined
      ? 'RuntimeClasses to apply to the cluster once its hosts are prepared (--manifests DIR saves them):'
      : `RuntimeClasses, saved to ${savedTo}; once the hosts are prepared: kubectl apply -f ${savedTo}`;
  const lines = yaml.trimEnd().split('\n');
  return [...wrap(says, options.width), ...lines.map(line => `  ${line}`), ''];
};

export const renderPlan = (run: Run, context: Context): string[] => [
  ...opening(run, context),
  ...blocksOf(run.hosts, context),
  ...clusterLines(run, context, change => context.style.mark(signOf(change))),
  ...batchLines(run, context.options.rolloutNotes, context),
  ...manifestLines(context),
  ...planVerdict(run, context),
];
