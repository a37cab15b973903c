import { randomBytes } from 'node:crypto';
import type { HostPrograms, RunIdentity } from '../../apply/programs.ts';
import { readStaged } from '../../apply/read-staged.ts';
import { stageHost } from '../../apply/stage-host.ts';
import { NodeprepError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { InventoryHost } from '../../inventory/inventory.ts';
import { encodePlan } from '../../plan/plan-file.ts';
import type { HostProgress } from '../../ui/progress.ts';
import type { CommandContext, CommonOptions, PlanFlags } from '../context.ts';
import { eachHost } from '../each-host.ts';
import { withConnection } from '../host-connection.ts';
import { recoverCommand } from '../next-command.ts';
import type { OpenHost } from '../open-host.ts';
import type { PlannedHost } from '../plan-hosts.ts';
import { changesWithStatus, tellEnd } from '../run-outcome.ts';
import { tellEvent } from '../tell-event.ts';

export interface StageHostsOptions {
  readonly identity: RunIdentity;
  readonly programs: HostPrograms;
  readonly inventorySha256: string;
  readonly open: OpenHost;
  readonly options: CommonOptions & PlanFlags;
  readonly context: CommandContext;
  /** The inventory as the operator typed it. */
  readonly inventoryName: string | undefined;
}

/** Everything that disturbs nobody, in advance and on all hosts side by side. One result a host. */
export const stageHosts = (
  work: ReadonlyMap<InventoryHost, PlannedHost>,
  options: StageHostsOptions,
): Promise<readonly HostResult[]> => {
  const each = { detail: 'hosts', options: options.options, context: options.context } as const;
  return eachHost([...work.keys()], each, (host, progress) => {
    const planned = work.get(host);
    if (planned === undefined) throw new Error(`no plan for ${host.name}`);
    return stageOne(planned, progress, options);
  });
};

const stageOne = (
  { host, plan, unfinished, result }: PlannedHost,
  progress: HostProgress,
  { identity, programs, inventorySha256, open, options, context, inventoryName }: StageHostsOptions,
): Promise<HostResult> => {
  const settle = recoverCommand(inventoryName, host.name);
  if (unfinished) {
    const message = 'an earlier run was interrupted here; what it left is settled first, which staging does not do';
    throw new NodeprepError('unfinished-run', message, { hint: `Settle it with: ${settle}` });
  }
  const text = encodePlan({
    toolVersion: context.toolVersion,
    inventorySha256,
    salt: randomBytes(16).toString('hex'),
    hosts: [{ address: host.address, plan }],
  });
  return withConnection(host, open, async connection => {
    const run = { open: connection.open, programs, identity };
    const ended = await stageHost({
      ...run,
      settle,
      changes: plan.changes,
      plan: text,
      allowIrreversible: options.allowIrreversible,
      onEvent: event => tellEvent(event, progress),
      signal: context.signal,
    });
    const told = tellEnd({ ...ended, runId: identity.runId, settle });
    const { summary } = result;
    return {
      ...{ host: host.name, address: host.address, findings: [] },
      ...(summary === undefined ? {} : { summary }),
      ...told,
      changes: changesWithStatus(ended.manifests, ended.progress),
      ...(told.state === 'ok' ? { staged: { packages: (await readStaged(run))?.packages ?? [] } } : {}),
    };
  });
};
