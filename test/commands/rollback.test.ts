import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { planRollbacks } from '../../src/commands/plan-rollbacks.ts';
import { rollBackHost } from '../../src/commands/rollback-host.ts';
import type { Connection } from '../../src/connect/connection.ts';
import type { Recording } from '../../src/connect/recording.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import type { InventoryHost } from '../../src/inventory/inventory.ts';
import { drive, RUN_ID } from '../apply/drive.ts';
import { lastEntry } from '../apply/engine-alone.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot } from '../apply/host-root.ts';
import { leaveKilled, prepared, replaying, settle } from './prepared-host.ts';
import { commonOptions, hostsNamed, testContext } from './support.ts';

const again = 'nodeprep rollback inventory.yaml --limit a';
const OTHER = '20261121-030000-dead';
const [a, b] = hostsNamed('a', 'b');
if (a === undefined || b === undefined) throw new Error('two hosts');

let root: HostRoot;
let before: string;
beforeEach(() => {
  root = makeHostRoot();
  writeFileSync(join(root.tree, 'a.conf'), 'a\n');
  before = root.fingerprint();
});
afterEach(() => root.remove());

const edit = (on: HostRoot, rest: Partial<Change> = {}): readonly Change[] => [
  { ...fileChange(join(on.tree, 'a.conf'), fileState('a\n'), 'edited\n'), ...rest } as Change,
];
const identity = { runId: '20261121-050000-zzzz', holder: 'ops@test' };

const plan = (
  runId: string | undefined,
  open: (host: InventoryHost) => Promise<Connection> = async () => replaying(root),
  hosts: readonly InventoryHost[] = [a],
) =>
  planRollbacks(hosts, {
    ...{ detail: 'count', options: commonOptions, context: testContext(), programs: root.programs, identity },
    open,
    runId,
    rollout: false,
  });

const takeBack = async (runId?: string) => {
  const { work } = await plan(runId);
  const todo = work.get('a');
  if (todo === undefined) throw new Error('nothing to take back');
  return rollBackHost(a, todo, {
    ...{ programs: root.programs, identity, settle, again },
    open: async () => replaying(root),
    progress: { step: () => undefined, note: () => undefined, done: () => undefined },
    signal: new AbortController().signal,
  });
};

const holdingPods: Recording = {
  ...prepared,
  cri: Object.fromEntries(
    Object.entries(prepared.cri).map(([at, told]) => [at, Object.assign({}, told, { sandboxes: 3 })]),
  ),
};

describe('what a rollback would do', () => {
  test('nothing on a host without runs', async () => {
    const { results, work } = await plan(undefined);
    expect(results).toMatchObject([{ host: 'a', state: 'ok', outcome: 'unchanged', changes: [] }]);
    expect(work.size).toBe(0);
  });

  test('take the last run back', async () => {
    await drive(root, edit(root));
    const { results, work } = await plan(undefined);
    expect(results[0]?.changes.map(({ id }) => id)).toEqual([`file:${join(root.tree, 'a.conf')}`]);
    expect(work.get('a')).toMatchObject({ unfinished: false, plan: { run: { runId: RUN_ID } } });
    expect(root.fingerprint()).not.toBe(before);
  });

  test('a run that only some hosts have is nothing to restore on the others', async () => {
    await drive(root, edit(root));
    const bare = makeHostRoot();
    const elsewhere: Connection = {
      ...replaying(root),
      // The other machine: the same programs, another directory for its runs.
      start: (program, options) => bare.connect().start(program.replaceAll(root.base, bare.base), options),
    };
    const { results, work } = await plan(RUN_ID, async host => (host.name === 'b' ? elsewhere : replaying(root)), [
      a,
      b,
    ]);
    bare.remove();
    expect(results.map(({ host, state, changes }) => `${host} ${state} ${changes.length}`)).toEqual([
      'a ok 1',
      'b ok 0',
    ]);
    expect([...work.keys()]).toEqual(['a']);
  });

  test('a run that no host has is a mistake on the command line', async () => {
    await drive(root, edit(root));
    await expect(plan('20200101-000000-none')).rejects.toMatchObject({ code: 'usage' });
  });

  test('a host that cannot be reached hides no other', async () => {
    await drive(root, edit(root));
    const open = async ({ name }: InventoryHost) => {
      if (name === 'b') throw new NodeprepError('connect-refused', 'nothing listens');
      return replaying(root);
    };
    const { results } = await plan(undefined, open, [b, a]);
    expect(results.map(({ host, state }) => `${host} ${state}`)).toEqual(['b unreachable', 'a ok']);
  });

  test('a restart on a host of which it is unknown whether it is a node is refused', async () => {
    await drive(root, edit(root, { disruption: 'restart' }));
    const items = Object.fromEntries(Object.entries(prepared.items).filter(([id]) => !id.startsWith('clusterState')));
    const { results, work } = await plan(undefined, async () => replaying(root, { ...prepared, items }));
    expect(results).toMatchObject([{ state: 'refused', outcome: 'unchanged', error: { code: 'joined-node' } }]);
    expect(work.size).toBe(0);
    expect((await plan(undefined)).work.size).toBe(1);
  });

  test.each(['package', 'archive'])(
    'a %s is not taken away from under pods, though its install disturbed nobody',
    async kind => {
      await drive(root, edit(root));
      const round = join(root.base, 'runs', RUN_ID, 'rounds/1/manifest.json');
      writeFileSync(round, readFileSync(round, 'utf8').replace('"kind":"file"', `"kind":"${kind}"`));
      const { results } = await plan(undefined, async () => replaying(root, holdingPods));
      expect(results).toMatchObject([{ state: 'refused', error: { code: 'joined-node' } }]);
    },
  );

  test('a restart is refused where the runtime holds pods, whatever the files of its kubelet say', async () => {
    await drive(root, edit(root, { disruption: 'restart' }));
    const { results } = await plan(undefined, async () => replaying(root, holdingPods));
    expect(results).toMatchObject([{ state: 'refused', error: { code: 'joined-node' } }]);
    expect(results[0]?.error?.message).toContain('its runtime holds 3 pod sandboxes');
  });
});

describe('taking back', () => {
  test('restores what was there, and tells how the host answers now', async () => {
    await drive(root, edit(root));
    const result = await takeBack();
    expect(result).toMatchObject({ state: 'ok', outcome: 'changed', runtime: { name: 'containerd' }, findings: [] });
    expect(result.changes.map(({ status }) => status)).toEqual(['reverted']);
    expect(root.fingerprint()).toBe(before);
  });

  test('is refused for a file that was changed since, with its diff', async () => {
    await drive(root, edit(root));
    writeFileSync(join(root.tree, 'a.conf'), 'edited\nby hand\n');
    const result = await takeBack();
    expect(result).toMatchObject({ state: 'refused', outcome: 'unchanged', error: { code: 'guard-mismatch' } });
    expect(result.error?.message).toMatch(
      /a\.conf has been changed since the run; nothing was taken back\n[\s\S]*\+by hand/,
    );
    expect(result.changes.map(({ status }) => status)).toEqual(['not-run']);
  });

  test('where there is only an interrupted run, that is settled', async () => {
    leaveKilled(root, OTHER, on => edit(on));
    expect(root.fingerprint()).not.toBe(before);
    expect(await takeBack()).toMatchObject({ state: 'ok', outcome: 'changed', changes: [] });
    expect(lastEntry(root, OTHER)).toContain(' settle - reverted');
    expect(root.fingerprint()).toBe(before);
  });
});
