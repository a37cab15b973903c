import { randomBytes } from 'node:crypto';
import { readHostTemplates } from '../../../src/apply/host-templates.ts';
import { hostPrograms } from '../../../src/apply/programs.ts';
import { type NodeRollout, nodeRollout } from '../../../src/apply/rollout/node-rollout.ts';
import { systemClock } from '../../../src/cluster/clock.ts';
import { applyHost } from '../../../src/commands/apply-host.ts';
import type { CommandContext } from '../../../src/commands/context.ts';
import { type HostConnection, withConnection } from '../../../src/commands/host-connection.ts';
import { openerFor } from '../../../src/commands/open-host.ts';
import { type PlannedHost, planHosts } from '../../../src/commands/plan-hosts.ts';
import { planRollbacks } from '../../../src/commands/plan-rollbacks.ts';
import { rollBackHost } from '../../../src/commands/rollback-host.ts';
import { emptyOverCri } from '../../../src/commands/rollout/empty-over-cri.ts';
import { newRunId } from '../../../src/commands/run-result.ts';
import { createRedactor } from '../../../src/core/redact.ts';
import type { HostResult } from '../../../src/core/result.ts';
import type { InventoryHost } from '../../../src/inventory/inventory.ts';
import { loadInventory } from '../../../src/inventory/load.ts';
import { silentProgress } from '../../../src/ui/progress.ts';
import { fakeCluster } from '../../apply/rollout/fake-cluster.ts';
import type { LabNode } from '../../lab/index.ts';

/** What is at work while its host waits at a hold, and whether the kubelet ran then: `drained active`. */
export interface Seen<T> {
  readonly result: T;
  readonly holds: readonly string[];
}

/** A host of an inventory as a rollout works on it; the cluster itself is a stand-in that lets everything be. */
export interface NodeOfCluster {
  plan(): Promise<PlannedHost>;
  apply(): Promise<Seen<HostResult>>;
  rollBack(): Promise<Seen<HostResult>>;
}

const signal = new AbortController().signal;
const context: CommandContext = {
  ...{ toolVersion: 'test', env: {}, columns: undefined, signal },
  ...{ stdoutIsTerminal: false, stderrIsTerminal: false, stdinIsTerminal: false },
  stdout: () => undefined,
  stderr: () => undefined,
};
const flags = { withoutDrain: false, allowIrreversible: false, allowMigration: true, rollout: true } as const;
const options = { output: 'json', limit: undefined, parallel: 1, quiet: true, verbose: false, ...flags } as const;
const open = openerFor(context);
const common = () => ({
  ...{ programs: hostPrograms(readHostTemplates()), progress: silentProgress.host('host'), signal },
  ...{ redact: createRedactor(randomBytes(32)), today: new Date().toISOString().slice(0, 10) },
  ...{ identity: { runId: newRunId(new Date()), holder: 'ops@test' }, settle: 'nodeprep recover', again: 'nodeprep' },
});

/** `inventory` has one host, and that is the node. */
export const nodeOfCluster = (node: LabNode, inventory: string): NodeOfCluster => {
  const hosts = async () => (await loadInventory({ kind: 'file', path: inventory })).hosts;
  const plan = async (): Promise<PlannedHost> => {
    const { redact, today } = common();
    const { planned, results } = await planHosts(await hosts(), { options, context, today, redact, open });
    const [only] = planned.values();
    if (only === undefined) throw new Error(`no plan: ${results[0]?.error?.message}`);
    return only;
  };
  const watched = async <T>(
    host: InventoryHost,
    work: (connection: HostConnection, rollout: NodeRollout) => Promise<T>,
  ): Promise<Seen<T>> => {
    const holds: string[] = [];
    const result = await withConnection(host, open, connection =>
      work(connection, watchedRollout(node, connection, holds)),
    );
    return { result, holds };
  };
  return {
    plan,
    async apply() {
      const planned = await plan();
      return watched(planned.host, (connection, rollout) =>
        applyHost(planned, {
          ...common(),
          ...{ flags, open: connection.open, saved: undefined, node: { rollout, marked: false } },
        }),
      );
    },
    async rollBack() {
      const all = await hosts();
      const [host] = all;
      const { programs, identity } = common();
      const asked = { options, context, open, programs, identity, runId: undefined, rollout: true } as const;
      const { work } = await planRollbacks(all, { ...asked, detail: 'count' });
      const todo = host === undefined ? undefined : work.get(host.name);
      if (host === undefined || todo === undefined) throw new Error('nothing to take back');
      return watched(host, (connection, rollout) =>
        rollBackHost(host, todo, { ...common(), open: connection.open, node: { rollout, marked: false } }),
      );
    },
  };
};

const watchedRollout = (node: LabNode, { open: connect }: HostConnection, holds: string[]): NodeRollout => {
  const { state, cluster } = fakeCluster();
  const see = async (hold: string): Promise<void> => {
    const { stdout } = await node.exec('systemctl is-active kubelet');
    holds.push(`${hold} ${stdout.trim()}`);
  };
  const { identity, settle } = common();
  const rollout = nodeRollout({
    ...{ cluster, node: 'w1', identity, settle, signal, clock: systemClock, kind: 'drain', reason: 'a test' },
    ...{ driversDisagree: false, drainTimeoutMs: 60_000, settleTimeoutMs: 0, readyTimeoutMs: 60_000 },
    judge: async () => ({ ok: true, pods: [], takesApiDown: false, workloads: [] }),
    emptySandboxes: waits => emptyOverCri({ open: connect, signal: waits, tell: () => undefined }),
    expectOutage: () => () => undefined,
    tell: () => undefined,
  });
  return {
    ...rollout,
    holds: {
      drained: async waits => {
        await see('drained');
        return rollout.holds.drained(waits);
      },
      sandboxes: async waits => {
        await see('sandboxes');
        return rollout.holds.sandboxes(waits);
      },
    },
    // The kubelet reports once it runs.
    ready: async () => {
      await see('ready');
      state.heartbeat += 1;
      return rollout.ready();
    },
    finish: async (end, agree) => {
      state.heartbeat += 1;
      return rollout.finish(end, agree);
    },
  };
};
