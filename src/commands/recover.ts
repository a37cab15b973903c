import { randomBytes } from 'node:crypto';
import { readHostTemplates } from '../apply/host-templates.ts';
import { hostPrograms } from '../apply/programs.ts';
import { recoverHost, type SettledRun } from '../apply/recover.ts';
import { NodeprepError } from '../core/errors.ts';
import { createRedactor } from '../core/redact.ts';
import type { HostResult } from '../core/result.ts';
import type { InventoryHost } from '../inventory/inventory.ts';
import { doneWord } from '../report/done-word.ts';
import { timedLine } from '../ui/progress.ts';
import type { Telling } from './always-result.ts';
import { confirm } from './ask.ts';
import { countOf } from './consent.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { eachHost } from './each-host.ts';
import { holderName } from './holder.ts';
import { type HostConnection, withConnection } from './host-connection.ts';
import { type LookOptions, lookAgain } from './look-again.ts';
import { recoverCommand } from './next-command.ts';
import { observe } from './observe.ts';
import { onTargets, type Started } from './on-targets.ts';
import { openerFor } from './open-host.ts';
import { removeLeftSandboxes } from './prove-sandbox.ts';
import { recoverInCluster } from './recover-in-cluster.ts';
import { ofOtherCluster } from './rollout/find-nodes.ts';
import { type SettleNodeOptions, settleNode } from './rollout/settle-node.ts';
import { underLease } from './rollout/under-lease.ts';
import { printDeclined, printRun, toRun, untouchedHost } from './run-result.ts';
import type { Targets } from './targets.ts';
import { tellEvent } from './tell-event.ts';
import { recovered } from './tell-recovered.ts';

export interface RecoverCommandOptions extends CommonOptions {
  readonly yes: boolean;
}

/** Settles what interrupted runs left; a host without any is unchanged. */
export const runRecover = (
  inventory: string,
  options: RecoverCommandOptions,
  context: CommandContext,
): Promise<number> => onTargets('recover', inventory, { options, context }, recoverTargets);

const recoverTargets = async (
  targets: Targets,
  { runId, startedAt, options }: Started<RecoverCommandOptions>,
  { context }: Telling,
): Promise<number> => {
  const { hosts } = targets.inventory;
  const pieces = { command: 'recover', runId, startedAt, fleet: [] } as const;
  const finish = (results: readonly HostResult[]): number =>
    printRun(toRun({ ...pieces, hosts: results }, context), options, targets.name, context);
  const question = `Settle interrupted runs on ${countOf(hosts.length, 'host')} (unconfirmed changes are reverted)?`;
  if (!options.yes && !(await confirm(question, context))) {
    const untouched = toRun({ ...pieces, hosts: hosts.map(untouchedHost), declined: true }, context);
    return printDeclined(untouched, options, context);
  }

  const open = openerFor(context);
  const identity = { runId, holder: holderName() };
  const programs = hostPrograms(readHostTemplates());
  /** Of this command, which may come to a host a second time. */
  const settledBefore = new Map<string, readonly SettledRun[]>();
  const each = (settleHost: SettleHost, admit: Admit = async () => undefined) =>
    eachHost(hosts, { detail: 'hosts', options, context, done: doneWord.recover }, (host, progress) =>
      withConnection(host, open, async connection => {
        await admit(connection);
        const onEvent = (event: Parameters<typeof tellEvent>[0]) => tellEvent(event, progress);
        const { signal } = context;
        const settle = recoverCommand(targets.name, host.name);
        const now = await recoverHost({ open: connection.open, programs, identity, onEvent, signal, settle });
        const settled = [...(settledBefore.get(host.name) ?? []), ...now];
        settledBefore.set(host.name, settled);
        const result = tidied(recovered(host, settled, settle), await removeLeftSandboxes(connection.open));
        return settleHost(host, result, { settled, connection, progress, settle });
      }),
    );
  const hostsAlone = () => each(async (_, result) => result);
  const access = targets.inventory.cluster;
  if (access === undefined) return finish(await hostsAlone());
  const lease = { open, context, identity, settings: targets.inventory.rollout };
  const together = () =>
    underLease(access, lease, ({ rollout, facts }) =>
      each(
        async (host, result, { connection, ...rest }) => {
          const glance = await lookAgain(host, { open: connection.open, identity, ...glanceOptions(startedAt) });
          return settleNode(host, result, { ...rest, rollout, cluster: facts, ...glance });
        },
        connection => refuseOtherCluster(connection, facts.uid, context.signal),
      ),
    );
  const tell = (note: string) => context.stderr(`${timedLine(new Date(), 'recover', note)}\n`);
  return finish(await recoverInCluster({ together, hostsAlone, tell, signal: context.signal }));
};

/** Throws where the host is none of this command's. */
type Admit = (connection: HostConnection) => Promise<void>;

/** A wrong kubeconfig is found out before the host is touched: what is settled there may bring pods back. */
const refuseOtherCluster = async ({ open }: HostConnection, uid: string, signal: AbortSignal): Promise<void> => {
  const refusal = ofOtherCluster((await observe(await open(), ['clusterState', 'runs'], signal)).facts, uid);
  if (refusal === undefined) return;
  throw new NodeprepError(refusal.code, refusal.message, refusal.hint === undefined ? {} : { hint: refusal.hint });
};

const tidied = (result: HostResult, sandboxes: number): HostResult =>
  sandboxes > 0 && result.outcome === 'unchanged' ? { ...result, outcome: 'changed' } : result;

type SettleHost = (
  host: InventoryHost,
  result: HostResult,
  more: Pick<SettleNodeOptions, 'settled' | 'progress' | 'settle'> & { readonly connection: HostConnection },
) => Promise<HostResult>;

/** Only what is seen counts here; the plan that comes with it is not carried out. */
const glanceOptions = (startedAt: Date): Omit<LookOptions, 'open' | 'identity'> => ({
  flags: { withoutDrain: false, allowIrreversible: false, rollout: true },
  today: startedAt.toISOString().slice(0, 10),
  redact: createRedactor(randomBytes(32)),
  agreed: undefined,
});
