import { randomBytes } from 'node:crypto';
import { readHostTemplates } from '../apply/host-templates.ts';
import { type HostPrograms, hostPrograms } from '../apply/programs.ts';
import { planRollback, type RollbackPlan, rollbackHost } from '../apply/rollback.ts';
import { NodeprepError } from '../core/errors.ts';
import { createRedactor } from '../core/redact.ts';
import { disruptions, type HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { textDiff } from '../plan/diff.ts';
import { holderName } from './apply-host.ts';
import { checkFacts } from './check-facts.ts';
import { askConsent } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { hostSummary, runtimeOf } from './describe-host.ts';
import { eachHost } from './each-host.ts';
import { type HostConnection, hostConnection } from './host-connection.ts';
import { observe } from './observe.ts';
import { type OpenHost, openerFor } from './open-host.ts';
import { changesWithStatus, tellEnd } from './run-outcome.ts';
import { newRunId, printRun, showPlan, toRun } from './run-result.ts';
import { requireConsent, resolveTargets } from './targets.ts';
import { tellEvent } from './tell-event.ts';

export interface RollbackCommandOptions extends CommonOptions {
  readonly yes: boolean;
  readonly run?: string;
}

/** Restores what a run replaced: planned, guarded and proved like apply. */
export const runRollback = async (
  inventory: string,
  options: RollbackCommandOptions,
  context: CommandContext,
): Promise<number> => {
  const startedAt = new Date();
  const targets = await resolveTargets([inventory], options.limit);
  requireConsent(targets.source, options.yes, context.stdinIsTerminal);
  const runId = newRunId(startedAt);
  const open = openerFor(context);
  const programs = hostPrograms(readHostTemplates());
  const identity = { runId, holder: holderName() };
  const plans = new Map<string, RollbackPlan>();
  const planning = { detail: 'count', options, context } as const;
  const planned = await eachHost(targets.inventory.hosts, planning, host =>
    withConnection(host, open, async connection => {
      const plan = await planRollback({ open: connection.open, programs, identity }, options.run);
      if (plan === undefined) return nothingToRestore(host);
      await refuseOnJoinedNode(plan, connection, context);
      plans.set(host.name, plan);
      return { ...nothingToRestore(host), changes: plan.steps.map(({ change }) => change) };
    }),
  );

  const finish = (hosts: readonly HostResult[], declined = false): number => {
    const run = toRun({ command: 'rollback', runId, startedAt, hosts, fleet: [], declined }, context);
    return printRun(run, options, targets.name, context);
  };
  if (plans.size > 0 && !options.yes) {
    showPlan({ command: 'plan', runId, startedAt, hosts: planned, fleet: [] }, options, targets.name, context);
    if (!(await askConsent('Take back', planned, context))) return finish(planned, true);
  }
  const work = targets.inventory.hosts.filter(({ name }) => plans.has(name));
  const restored = await eachHost(work, { detail: 'hosts', options, context }, (host, progress) =>
    withConnection(host, open, async connection => {
      const plan = plans.get(host.name);
      if (plan === undefined) return nothingToRestore(host);
      const redact = createRedactor(randomBytes(32));
      const ended = await rollbackHost({
        open: connection.open,
        programs,
        identity,
        plan,
        diff: (path, left, found) => textDiff(path, redact.text(left), redact.text(found)),
        onEvent: event => tellEvent(event, progress),
        signal: context.signal,
      });
      const seen = await lookAgain(host, connection);
      const told =
        ended.changedSince === undefined ? tellRollback(ended, plan.run.runId) : changedSince(ended.changedSince);
      return {
        ...nothingToRestore(host),
        ...seen,
        ...told,
        changes: changesWithStatus(plan.run.manifests, ended.progress),
      };
    }),
  );
  const byName = new Map(restored.map(result => [result.host, result]));
  return finish(planned.map(result => byName.get(result.host) ?? result));
};

const withConnection = async (
  host: InventoryHost,
  open: OpenHost,
  work: (connection: HostConnection) => Promise<HostResult>,
): Promise<HostResult> => {
  const connection = hostConnection(host, open);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
};

const nothingToRestore = (host: InventoryHost): HostResult => ({
  host: host.name,
  address: host.address,
  state: 'ok',
  outcome: 'unchanged',
  findings: [],
  changes: [],
});

/** Taking back a runtime's change disturbs pods as much as making it did (design 3.9). */
const refuseOnJoinedNode = async (
  plan: RollbackPlan,
  connection: HostConnection,
  context: CommandContext,
): Promise<void> => {
  const worst = Math.max(...plan.steps.map(({ change }) => disruptions.indexOf(change.disruption)));
  if (worst < disruptions.indexOf('restart')) return;
  const { facts } = await observe(await connection.open(), ['clusterState'], context.signal);
  if (!facts.clusterState.known || !facts.clusterState.value.joined) return;
  throw new NodeprepError(
    'joined-node',
    `this host is a node of a cluster (${facts.clusterState.value.evidence ?? ''})`,
    {
      hint: 'Taking the run back restarts its runtime; that waits for rollout with drain.',
    },
  );
};

/** How the runtime answers after the rollback. The host is not judged by the inventory: it is as it was before, by intent. */
const lookAgain = async (
  host: InventoryHost,
  connection: HostConnection,
): Promise<Pick<HostResult, 'runtime' | 'summary'>> => {
  const { facts } = await observe(await connection.open(), checkFacts, new AbortController().signal);
  const runtime = runtimeOf(facts, host.desired);
  return {
    summary: hostSummary(facts),
    ...(runtime === undefined ? {} : { runtime }),
  };
};

type Ended = Awaited<ReturnType<typeof rollbackHost>>;

const tellRollback = (ended: Ended, runId: string): Partial<HostResult> => {
  const { end, progress } = ended;
  // The engine found something that had changed since and left the run committed: nothing was taken back.
  if (end.kind !== 'settled' || end.word !== 'committed') return tellEnd({ ...ended, runId });
  const message = `run ${runId} was not taken back: ${progress.failure?.reason ?? 'the host has changed since'}`;
  return { state: 'refused', outcome: 'unchanged', error: { code: 'guard-mismatch', message } };
};

const changedSince = ({ target, diff }: NonNullable<Ended['changedSince']>): Partial<HostResult> => ({
  state: 'refused',
  outcome: 'unchanged',
  error: {
    code: 'guard-mismatch',
    message: `${target} has been changed since the run; nothing was taken back\n${diff}`,
    hint: `Put ${target} back as the run left it, or take the run's other changes back by hand.`,
  },
});
