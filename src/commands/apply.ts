import { randomBytes } from 'node:crypto';
import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import { alwaysResult, type Telling } from './always-result.ts';
import { openBundle } from './bundle/open-bundle.ts';
import { tryBundle } from './bundle/try-bundle.ts';
import { type Changed, type ChangeHostsOptions, changeHosts } from './change-hosts.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions, PlanFlags } from './context.ts';
import { holderName } from './holder.ts';
import { failedHost } from './host-failure.ts';
import { applyCommand } from './next-command.ts';
import { openerFor } from './open-host.ts';
import type { PlannedHost, PlannedHosts } from './plan-hosts.ts';
import { purgeHosts, withPurges } from './purge-hosts.ts';
import { allOrNone } from './rollout/all-or-none.ts';
import { refuseBeyondAgreed } from './rollout/as-agreed.ts';
import { planWhole } from './rollout/plan-whole.ts';
import type { RolloutFlags, WholePlan } from './rollout/with-cluster.ts';
import { newRunId, printDeclined, printRun, showPlan, toRun } from './run-result.ts';
import { loadSavedPlan, refuseDifferences } from './saved-plan.ts';
import { stagePlan } from './staging/stage-plan.ts';
import { findStaged } from './staging/use-staged.ts';
import { requireConsent, resolveTargets, type Targets } from './targets.ts';
import { untouched, withDrain } from './untouched.ts';

export interface ApplyOptions extends CommonOptions, PlanFlags, RolloutFlags {
  readonly yes: boolean;
  readonly plan?: string;
  /** Only what disturbs nobody, in advance. */
  readonly stage: boolean;
  /** With what was staged, and nothing that has to be fetched. */
  readonly staged: boolean;
  /** Directory of a bundle: hosts reach nothing. */
  readonly bundle?: string;
}

/** plan → ask → change → verify: in batches what disturbs nodes of a cluster, every other host for itself. */
export const runApply = async (inventory: string, given: ApplyOptions, context: CommandContext): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], given.limit);
  requireConsent(targets.source, given.yes, context.stdinIsTerminal);
  const runId = newRunId(startedAt);
  const { hosts } = targets.inventory;
  return alwaysResult({ command: 'apply', runId, startedAt, hosts, options: given, context }, telling =>
    applyTargets(targets, { runId, startedAt, given }, telling),
  );
};

const applyTargets = async (
  targets: Targets,
  { runId, startedAt, given }: { readonly runId: string; readonly startedAt: Date; readonly given: ApplyOptions },
  { context, begin }: Telling,
): Promise<number> => {
  const identity = { runId, holder: holderName() };
  const today = startedAt.toISOString().slice(0, 10);
  const redact = createRedactor(randomBytes(32));
  const open = openerFor(context);
  const saved = given.plan === undefined ? undefined : loadSavedPlan(given.plan, targets.inventory, context);
  const contents = given.bundle === undefined ? undefined : await openBundle(given.bundle);
  const { hosts, whole, flags } = await planWhole(targets.inventory, {
    ...{ options: { ...given, contents }, context, today, redact, open },
    use: given.stage ? 'plan' : 'rollout',
  });
  const options = { ...given, ...flags };
  try {
    return await applyPlan(whole, {
      targets,
      planned: hosts.planned,
      observed: hosts.observed,
      identity,
      startedAt,
      today,
      redact,
      open,
      saved,
      options,
      context,
      begin,
    });
  } finally {
    await whole.close();
  }
};

interface Applying
  extends Pick<ChangeHostsOptions, 'identity' | 'today' | 'redact' | 'open' | 'saved' | 'context'>,
    Pick<Telling, 'begin'> {
  readonly targets: Targets;
  readonly planned: PlannedHosts['planned'];
  readonly observed: PlannedHosts['observed'];
  readonly startedAt: Date;
  readonly options: ApplyOptions;
}

const applyPlan = async (whole: WholePlan, applying: Applying): Promise<number> => {
  const { targets, planned, identity, startedAt, saved, options, context } = applying;
  const compared = saved === undefined ? whole.results : asAgreed(whole, planned, saved);
  if (options.stage) return stagePlan(compared, whole, { ...staging(applying), startedAt, planned });
  const found = options.staged ? await findStaged(compared, planned, staging(applying)) : undefined;
  const ready = found?.results ?? compared;
  const supplied = options.contents === undefined ? ready : await tryBundle(ready, planned, staging(applying));
  const { hosts: all } = targets.inventory;
  const isPurging = options.purgeOldRuntime === true;
  const agreed = allOrNone(supplied, whole, applyCommand(targets.name, options.limit));
  const results = isPurging ? withPurges(agreed, all, applying.observed) : agreed;
  const pieces = { runId: identity.runId, startedAt, fleet: [], ...whole.pieces };
  const finish = (hosts: readonly HostResult[], cluster: Changed['cluster'] = whole.pieces.cluster): number =>
    printRun(
      toRun({ ...pieces, ...present(cluster), command: 'apply', hosts }, context),
      options,
      targets.name,
      context,
    );
  const work = new Map(results.flatMap(result => toBeChanged(result, planned, whole)).map(each => [each.host, each]));
  const purges = results.some(({ changes }) => changes.some(({ kind }) => kind === 'purge'));
  const nothing = work.size === 0 && (whole.side?.plan.records ?? []).length === 0 && !purges;
  if (nothing || barred(results) || context.signal.aborted) return finish(results.map(untouched));
  if (!options.yes) {
    const shown = { ...options, rolloutNotes: whole.notes };
    showPlan({ ...pieces, command: 'plan', hosts: results }, shown, targets.name, context);
    const unfinished = [...work.values()].filter(host => host.unfinished).length;
    if (!(await askConsent({ verb: 'Make', results, unfinished }, context))) {
      const hosts = results.map(untouched);
      return printDeclined(toRun({ ...pieces, command: 'apply', hosts, declined: true }, context), options, context);
    }
  }
  const before = new Map(results.map(result => [result.host, untouched(result)]));
  applying.begin([...before.values()]);
  const { results: changed, cluster } = await changeHosts(work, {
    ...applying,
    whole,
    staged: found?.staged,
    inventoryName: targets.name,
    before: host => before.get(host) ?? failedHost({ name: host, address: '' }, new Error(`no result of ${host}`)),
  });
  const byName = new Map(changed.map(result => [result.host, result]));
  const done = results.map(result => withPurgesOf(result, withPlan(untouched(result), byName.get(result.host))));
  if (!purges || context.signal.aborted) return finish(done, cluster);
  const purging = { ...staging(applying), detail: 'hosts' } as const;
  return finish(await purgeHosts(done, all, purging), cluster);
};

const staging = ({ targets, ...applying }: Applying) => ({
  ...applying,
  programs: hostPrograms(readHostTemplates()),
  inventorySha256: targets.inventory.sha256,
  inventoryName: targets.name,
});

/** Something was refused and no host is left to work on: what the cluster keeps is not changed for nothing. */
const barred = (results: readonly HostResult[]): boolean => results.every(({ state }) => state !== 'ok');

const present = (cluster: Changed['cluster']) => (cluster === undefined ? {} : { cluster });

/** Who makes changes knows nothing of what comes after them. */
const withPurgesOf = ({ changes }: HostResult, done: HostResult): HostResult => ({
  ...done,
  changes: [
    ...done.changes.filter(({ kind }) => kind !== 'purge'),
    ...changes.filter(({ kind }) => kind === 'purge').map(change => ({ ...change, status: 'not-run' as const })),
  ],
});

const asAgreed = (
  whole: WholePlan,
  planned: PlannedHosts['planned'],
  saved: NonNullable<Applying['saved']>,
): readonly HostResult[] =>
  refuseBeyondAgreed(refuseDifferences({ results: whole.results, planned }, saved), whole.side, saved);

/** A host that was refused or lost before its run began is told with what was planned and found there. */
const withPlan = (planned: HostResult, changed: HostResult | undefined): HostResult => {
  if (changed === undefined) return planned;
  const neverBegan = changed.changes.length === 0 && ['refused', 'unreachable', 'skipped'].includes(changed.state);
  return withDrain(
    planned,
    neverBegan ? { ...changed, findings: planned.findings, changes: planned.changes } : changed,
  );
};

const toBeChanged = (
  result: HostResult,
  planned: PlannedHosts['planned'],
  { side }: WholePlan,
): readonly PlannedHost[] => {
  const host = planned.get(result.host);
  if (host === undefined || result.state !== 'ok') return [];
  const marked = side?.plan.marked.has(result.host) === true;
  return host.plan.changes.length > 0 || host.unfinished || marked ? [host] : [];
};
