import { randomBytes } from 'node:crypto';
import type { HostRunEvent } from '../apply/host-run.ts';
import { type RecoverOptions, recoverHost } from '../apply/recover.ts';
import { type RollbackPlan, rollbackHost } from '../apply/rollback.ts';
import type { HostEnd } from '../apply/rollout/node-progress.ts';
import { checks } from '../checks/index.ts';
import { judgeHost } from '../checks/judge.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { textDiff } from '../plan/diff.ts';
import type { HostProgress } from '../ui/progress.ts';
import { driversAgree, joinNode, type NodeWork } from './apply-host.ts';
import { checkFacts } from './check-facts.ts';
import { describeHost } from './describe-host.ts';
import { stateOfCode } from './host-failure.ts';
import { observeSurely } from './look-again.ts';
import { type HostRollback, leftBehind } from './plan-rollbacks.ts';
import { changesWithStatus, tellEnd } from './run-outcome.ts';
import { tellEvent } from './tell-event.ts';
import { recovered } from './tell-recovered.ts';

export interface RollBackHostOptions extends Omit<RecoverOptions, 'onEvent'> {
  readonly progress: HostProgress;
  /** The command that settles what is left if this ends badly. */
  readonly settle: string;
  /** The command that tries once more what got stuck. */
  readonly again: string;
  readonly node?: NodeWork | undefined;
}

/** Takes one host back to before its run, or settles the interrupted run where there is no other. */
export const rollBackHost = async (
  host: InventoryHost,
  { plan, gone }: HostRollback,
  options: RollBackHostOptions,
): Promise<HostResult> => {
  const running = { ...options, onEvent: (event: HostRunEvent) => tellEvent(event, options.progress) };
  if (plan === undefined) return recovered(host, await recoverHost(running), options.settle);
  if (plan.run.state === 'partial')
    options.progress.note(`run ${plan.run.runId} got stuck before; trying what is left of it`);
  const redact = createRedactor(randomBytes(32));
  const { node } = options;
  const ended = await rollbackHost({
    ...running,
    plan,
    ...(node === undefined ? {} : { holds: node.rollout.holds }),
    diff: (path, left, found) => textDiff(path, redact.text(left), redact.text(found)),
  });
  const result: HostResult = {
    host: host.name,
    address: host.address,
    ...leftBehind(gone),
    ...tellRollback(ended, plan, options),
    ...(await describedNow(host, options)),
    findings: [],
    changes: changesWithStatus(plan.run.manifests, ended.progress),
  };
  if (node === undefined) return result;
  const end = endOf(ended);
  const facts = end === 'unknown' ? undefined : await observeSurely(options.open, checkFacts).catch(() => undefined);
  const agree = facts !== undefined && driversAgree(judgeHost(checks, facts, host.desired, ''));
  return joinNode(result, await node.rollout.finish(end, agree));
};

/** Taken back is what was wanted: workloads are waited for as after an apply. A run that still stands was not touched. */
const endOf = ({ end }: Ended): HostEnd => {
  if (end.kind !== 'settled') return 'unknown';
  if (end.word === 'rolled-back') return 'committed';
  return end.word === 'partial' ? 'partial' : 'unchanged';
};

/**
 * How the runtime answers now. The host is not judged by the inventory: it is as it was before, by intent. What was done
 * stays done where the host cannot be asked any more.
 */
const describedNow = async (host: InventoryHost, { open }: RollBackHostOptions) => {
  const facts = await observeSurely(open, checkFacts).catch(() => undefined);
  return facts === undefined ? {} : describeHost(facts, host.desired);
};

type Ended = Awaited<ReturnType<typeof rollbackHost>>;

const stuck = (runId: string, { stuck: steps }: Ended['progress'], again: string): ReturnType<typeof tellEnd> => {
  const notReverted = steps.map(({ reason }) => reason);
  const message = `run ${runId} is not taken back whole: ${notReverted.join('; ')}`;
  const hint = `Repair what is named, then: ${again}  journal: /var/lib/nodeprep/runs/${runId}/journal on the host`;
  return { state: 'failed', outcome: 'partial', notReverted, error: { code: 'revert-partial', message, hint } };
};

export const tellRollback = (
  { changedSince, ...ended }: Ended,
  { run }: RollbackPlan,
  { settle, again }: Pick<RollBackHostOptions, 'settle' | 'again'>,
): ReturnType<typeof tellEnd> => {
  const { end, progress } = ended;
  const refused = (message: string, hint?: string) =>
    ({
      state: 'refused',
      outcome: 'unchanged',
      error: { code: 'guard-mismatch', message, ...(hint === undefined ? {} : { hint }) },
    }) as const;
  if (changedSince !== undefined) {
    const { target, diff } = changedSince;
    return refused(
      `${target} has been changed since the run; nothing was taken back\n${diff}`.trimEnd(),
      `Put ${target} back as the run left it, or take the run's other changes back by hand.`,
    );
  }
  if (
    end.kind === 'settled' &&
    end.word === 'committed' &&
    progress.failure === undefined &&
    ended.refusal !== undefined
  ) {
    const { code, reason } = ended.refusal;
    const message = `run ${run.runId} was not taken back: ${reason}`;
    return { state: stateOfCode(code), outcome: 'unchanged', error: { code, message } };
  }
  if (end.kind === 'settled' && end.word === 'partial' && progress.stuck.length > 0)
    return stuck(run.runId, progress, again);
  // The engine found something that had changed since and left the run committed: nothing was taken back.
  if (end.kind === 'settled' && end.word === 'committed') {
    const why = progress.failure?.reason ?? 'the host has changed since';
    return refused(`run ${run.runId} was not taken back: ${why}`);
  }
  return tellEnd({ ...ended, runId: run.runId, settle });
};
