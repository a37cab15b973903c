import type { PackageSupply } from '../apply/push-packages.ts';
import { checks } from '../checks/index.ts';
import { judgeHost } from '../checks/judge.ts';
import type { Redactor } from '../core/redact.ts';
import type { Finding, HostResult } from '../core/result.ts';
import type { ObservedFacts } from '../facts/index.ts';
import { hasUnfinishedRun } from '../facts/runs.ts';
import type { LaterSetting } from '../installers/installer.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { buildHostPlan } from '../plan/build-plan.ts';
import { buildOfflinePlan } from '../plan/bundle/offline-plan.ts';
import type { HostPlan } from '../plan/host-plan.ts';
import { plannedChanges } from '../plan/planned-changes.ts';
import { supplyFor } from './bundle/open-bundle.ts';
import type { CommandContext, CommonOptions, PlanFlags } from './context.ts';
import { describeHost } from './describe-host.ts';
import { stateOfCode } from './host-failure.ts';
import type { OpenHost } from './open-host.ts';
import { planFacts } from './plan-facts.ts';
import { type HostsInCluster, needOf } from './rollout/plan-cluster.ts';
import { visitHosts } from './visit.ts';

/** One host with what was found and what would be done. */
export interface PlannedHost {
  readonly host: InventoryHost;
  readonly plan: HostPlan;
  readonly findings: readonly Finding[];
  readonly result: HostResult;
  /** An earlier run was interrupted here: it is settled first, and the host planned again. */
  readonly unfinished: boolean;
  /** Its packages come from a bundle. */
  readonly supply?: PackageSupply | undefined;
}

export interface PlanHostsOptions {
  readonly options: CommonOptions & PlanFlags;
  readonly context: CommandContext;
  readonly today: string;
  readonly redact: Redactor;
  readonly open?: OpenHost | undefined;
}

export interface PlannedHosts {
  /** One a host, also for those that could not be reached. */
  readonly results: readonly HostResult[];
  readonly planned: ReadonlyMap<string, PlannedHost>;
  readonly observed: ReadonlyMap<string, ObservedFacts>;
}

/** inventory → connect → facts → plan, for every host. `plan` and `apply` share everything up to here. */
export const planHosts = async (
  hosts: readonly InventoryHost[],
  { options, context, today, redact, open }: PlanHostsOptions,
): Promise<PlannedHosts> => {
  const planned = new Map<string, PlannedHost>();
  const observed = new Map<string, ObservedFacts>();
  const visit = { factIds: planFacts, detail: 'count', options, context, open } as const;
  const results = await visitHosts(hosts, visit, ({ host, observation: { facts } }) => {
    const plan = planOf(facts, host, options, redact);
    const findings = judgeHost(checks, facts, host.desired, today);
    const result = plannedResult(host, facts, plan, findings);
    observed.set(host.name, facts);
    const supply = options.contents === undefined ? undefined : supplyFor(facts, options.contents);
    planned.set(host.name, { host, plan, findings, result, unfinished: hasUnfinishedRun(facts.runs), supply });
    return result;
  });
  return { results, planned, observed };
};

/** The same hosts by what was seen of them, after something was learnt that their plans must go by. */
export const planHostsAgain = (
  { results, planned, observed }: PlannedHosts,
  flags: PlanFlags,
  redact: Redactor,
): PlannedHosts => {
  const again = new Map(
    [...planned].map(([name, seen]): [string, PlannedHost] => {
      const facts = observed.get(name);
      if (facts === undefined) return [name, seen];
      const plan = planOf(facts, seen.host, flags, redact);
      return [name, { ...seen, plan, result: plannedResult(seen.host, facts, plan, seen.findings) }];
    }),
  );
  return { results: results.map(result => again.get(result.host)?.result ?? result), planned: again, observed };
};

/** As the rollout sees them; a host that is refused is none of it. */
export const inCluster = (
  inventoryHosts: readonly InventoryHost[],
  { results, planned, observed }: PlannedHosts,
): HostsInCluster => ({
  results,
  inventoryHosts,
  observed,
  // In the order of the inventory, not in that of the answers: it decides who goes when.
  hosts: inventoryHosts
    .flatMap(({ name }) => planned.get(name) ?? [])
    .filter(({ plan }) => plan.refusals.length === 0)
    .map(({ host, plan }) => ({ host, need: needOf(plan) })),
});

const planFrom = (contents: PlanFlags['contents']): typeof buildHostPlan =>
  contents === undefined
    ? buildHostPlan
    : (facts, desired, options) => buildOfflinePlan(facts, desired, contents, options);

export const planOf = (
  facts: ObservedFacts,
  host: InventoryHost,
  flags: PlanFlags,
  redact: Redactor,
  agreed?: readonly LaterSetting[],
): HostPlan =>
  planFrom(flags.contents)(facts, host.desired, {
    ...(agreed === undefined ? {} : { agreed }),
    withoutDrain: flags.withoutDrain,
    allowIrreversible: flags.allowIrreversible,
    allowMigration: flags.allowMigration ?? false,
    rollout: flags.rollout ?? false,
    ...(flags.clusterWide === undefined ? {} : { clusterWide: flags.clusterWide }),
    mask: redact.text,
  });

const plannedResult = (
  host: InventoryHost,
  facts: ObservedFacts,
  plan: HostPlan,
  findings: readonly Finding[],
): HostResult => {
  const [refusal] = plan.refusals;
  return {
    host: host.name,
    address: host.address,
    state: refusal === undefined ? 'ok' : stateOfCode(refusal.code),
    ...(refusal === undefined ? {} : { error: refusalError(plan) }),
    findings,
    changes: plannedChanges(plan),
    ...describeHost(facts, host.desired),
  };
};

const refusalError = ({ refusals }: HostPlan): NonNullable<HostResult['error']> => {
  const hints = refusals.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  return {
    code: refusals[0]?.code ?? 'plan-refused',
    message: refusals.map(({ message }) => message).join('\n'),
    ...(hints.length === 0 ? {} : { hint: hints.join('\n') }),
  };
};
