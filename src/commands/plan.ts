import { randomBytes } from 'node:crypto';
import { createRedactor } from '../core/redact.ts';
import { runtimeClasses } from '../plan/runtime-classes.ts';
import { alwaysResult, type CommandToTell, type Telling } from './always-result.ts';
import { openBundle } from './bundle/open-bundle.ts';
import type { CommandContext, CommonOptions, PlanFlags } from './context.ts';
import { requireDirectory, saveManifests } from './manifests.ts';
import { openerFor } from './open-host.ts';
import { withPurges } from './purge-hosts.ts';
import { clusterToSave } from './rollout/as-agreed.ts';
import { planWhole } from './rollout/plan-whole.ts';
import type { RolloutFlags } from './rollout/with-cluster.ts';
import { newRunId, printRun, toRun } from './run-result.ts';
import { requirePlace, savePlan } from './saved-plan.ts';
import { resolveTargets, type Targets } from './targets.ts';

export interface PlanOptions extends CommonOptions, PlanFlags, RolloutFlags {
  readonly out?: string;
  readonly manifests?: string;
  readonly detailedExitcode: boolean;
  /** Directory of a bundle: hosts reach nothing. */
  readonly bundle?: string;
}

/** What apply would change. Holds no way to change anything. */
export const runPlan = async (inventory: string, options: PlanOptions, context: CommandContext): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  const { hosts } = targets.inventory;
  const about = { command: 'plan', runId: newRunId(startedAt), startedAt } as const;
  return alwaysResult({ ...about, hosts, options, context }, telling => planTargets(targets, about, options, telling));
};

const planTargets = async (
  targets: Targets,
  about: Pick<CommandToTell, 'command' | 'runId' | 'startedAt'>,
  options: PlanOptions,
  { context }: Telling,
): Promise<number> => {
  if (options.out !== undefined) requirePlace(options.out);
  if (options.manifests !== undefined) requireDirectory(options.manifests);
  const redact = createRedactor(randomBytes(32));
  const today = about.startedAt.toISOString().slice(0, 10);
  const open = openerFor(context);
  const contents = options.bundle === undefined ? undefined : await openBundle(options.bundle);
  const { hosts: seen, whole } = await planWhole(targets.inventory, {
    ...{ options: { ...options, contents }, context, today, redact, open },
    use: 'plan',
  });
  await whole.close();
  const desired = (targets.allHosts ?? targets.inventory.hosts).map(host => host.desired);
  const manifests = saveManifests(desired, options.manifests);
  const results =
    options.purgeOldRuntime === true
      ? withPurges(whole.results, targets.inventory.hosts, seen.observed)
      : whole.results;
  const pieces = {
    ...{ ...about, hosts: results, fleet: [], ...whole.pieces },
    runtimeClasses: runtimeClasses(desired),
  };
  const run = toRun(pieces, context, options);
  if (options.out !== undefined) {
    const { side } = whole;
    const cluster = side === undefined ? undefined : clusterToSave(side);
    const losses = side?.plan.judgements ?? new Map();
    savePlan(options.out, { inventory: targets.inventory, planned: seen.planned, cluster, losses }, context);
  }
  const told = { savedTo: options.out, rolloutNotes: whole.notes, manifests };
  return printRun(run, { ...options, ...told }, targets.name, context);
};
