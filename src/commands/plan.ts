import { randomBytes } from 'node:crypto';
import { createRedactor } from '../core/redact.ts';
import type { CommandContext, CommonOptions, PlanFlags } from './context.ts';
import { planHosts } from './plan-hosts.ts';
import { newRunId, printRun, toRun } from './run-result.ts';
import { requirePlace, savePlan } from './saved-plan.ts';
import { resolveTargets } from './targets.ts';

export interface PlanOptions extends CommonOptions, PlanFlags {
  readonly out?: string;
  readonly detailedExitcode: boolean;
}

/** What apply would change. Holds no way to change anything. */
export const runPlan = async (inventory: string, options: PlanOptions, context: CommandContext): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  if (options.out !== undefined) requirePlace(options.out);
  const redact = createRedactor(randomBytes(32));
  const today = startedAt.toISOString().slice(0, 10);
  const { results, planned } = await planHosts(targets.inventory.hosts, { options, context, today, redact });
  const atOnce = results.filter(({ changes, state }) => state === 'ok' && changes.length > 0).map(({ host }) => host);
  const batches = atOnce.length === 0 ? [] : [atOnce];
  const pieces = {
    command: 'plan',
    runId: newRunId(startedAt),
    startedAt,
    hosts: results,
    fleet: [],
    batches,
  } as const;
  const run = toRun(pieces, context, options);
  if (options.out !== undefined) savePlan(options.out, targets.inventory, planned, context);
  return printRun(run, { ...options, savedTo: options.out }, targets.name, context);
};
