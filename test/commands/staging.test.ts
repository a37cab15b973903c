import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import type { OpenHost } from '../../src/commands/open-host.ts';
import type { PlannedHost } from '../../src/commands/plan-hosts.ts';
import type { WholePlan } from '../../src/commands/rollout/with-cluster.ts';
import { stageHosts } from '../../src/commands/staging/stage-hosts.ts';
import { stagePlan } from '../../src/commands/staging/stage-plan.ts';
import { findStaged } from '../../src/commands/staging/use-staged.ts';
import { NodeprepError } from '../../src/core/errors.ts';
import type { DrainAnswer } from '../../src/core/result.ts';
import { plannedChanges } from '../../src/plan/planned-changes.ts';
import { fileChange, fileState, type HostRoot, makeHostRoot } from '../apply/host-root.ts';
import { runSchema } from '../cli/result-schema.ts';
import { plannedFor } from './prepared-host.ts';
import { commonOptions, hostsNamed, testContext } from './support.ts';

const [worker, other] = hostsNamed('worker-1', 'worker-2');
if (worker === undefined || other === undefined) throw new Error('two hosts are needed');

let root: HostRoot;
let path: string;
let before: string;
beforeEach(() => {
  root = makeHostRoot();
  path = join(root.tree, 'a.conf');
  writeFileSync(path, 'a\n');
  before = root.fingerprint();
});
afterEach(() => root.remove());

const edit = (text = 'edited\n', rest: Partial<Change> = {}): readonly Change[] => [
  { ...fileChange(path, fileState('a\n'), text), ...rest } as Change,
];
const planned = (changes = edit(), over: Partial<PlannedHost> = {}, host = worker): PlannedHost => {
  const made = plannedFor(host, changes);
  return { ...made, result: { ...made.result, changes: plannedChanges(made.plan) }, ...over };
};
const refuses: OpenHost = async () => {
  throw new NodeprepError('connect-refused', 'nothing listens');
};
const options = (over: { open?: OpenHost; inventorySha256?: string; runId?: string } = {}) => {
  const { open = async () => root.connect(), inventorySha256 = 'ab', runId = '20261121-010000-aaaa' } = over;
  return {
    identity: { runId, holder: 'ops@test' },
    programs: root.programs,
    inventorySha256,
    inventoryName: 'inventory.yaml',
    open,
    options: { ...commonOptions, withoutDrain: false, allowIrreversible: false },
    context: testContext(),
  };
};
const stage = async (host = planned(), over = {}) => {
  const [result] = await stageHosts(new Map([[host.host, host]]), options(over));
  if (result === undefined) throw new Error('no result');
  return result;
};
/** What is found before `apply --staged` begins, of hosts with these plans. */
const find = async (hosts: readonly PlannedHost[], over = {}) => {
  const results = hosts.map(({ result }) => result);
  const found = await findStaged(results, new Map(hosts.map(host => [host.host.name, host])), options(over));
  const told = found.results.map(({ host, state, error }) => `${host} ${state} ${error?.code ?? ''}`.trim());
  return { ...found, told, messages: found.results.map(({ error }) => error?.message) };
};

describe('staging on a host', () => {
  test('changes nothing, and says what is staged', async () => {
    const result = await stage();
    expect(result).toMatchObject({ state: 'ok', outcome: 'unchanged', staged: { packages: [] } });
    expect(result.changes.map(({ status }) => status)).toEqual(['not-run']);
    expect(root.fingerprint()).toBe(before);
  });

  test('is refused where a guard does not hold, and nothing is said to be staged', async () => {
    writeFileSync(path, 'edited by hand\n');
    const result = await stage();
    expect(result).toMatchObject({ state: 'refused', error: { code: 'guard-mismatch' } });
    expect(result).not.toHaveProperty('staged');
  });

  test('is not done over an interrupted run: the command that settles it is named', async () => {
    const result = await stage(planned(edit(), { unfinished: true }));
    expect(result.error).toMatchObject({
      code: 'unfinished-run',
      hint: expect.stringContaining('nodeprep recover inventory.yaml --limit worker-1'),
    });
    expect(root.fingerprint()).toBe(before);
  });

  test('of a host that cannot be reached is that', async () => {
    expect(await stage(planned(), { open: refuses })).toMatchObject({ state: 'unreachable' });
  });
});

describe('what is staged, before it is used', () => {
  test('is ready where it was staged for this very plan', async () => {
    await stage();
    const { told, staged } = await find([planned()]);
    expect(told).toEqual(['worker-1 ok']);
    expect(staged.get('worker-1')?.ready(planned().plan).changes).toHaveLength(1);
    expect(staged.get('worker-1')?.seal).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string, () => PlannedHost, object, RegExp]>([
    ['for another change', () => planned(edit('something else\n')), {}, /since it was staged: .*a\.conf/],
    ['for another inventory', () => planned(), { inventorySha256: 'cd' }, /another inventory/],
  ])('%s is refused', async (_, host, over, message) => {
    await stage();
    const { told, messages } = await find([host()], over);
    expect(told).toEqual(['worker-1 refused guard-mismatch']);
    expect(messages[0]).toMatch(message);
  });

  test('is refused where the guards were staged for other content', async () => {
    await stage();
    const now = [fileChange(path, fileState('b\n'), 'edited\n')];
    expect((await find([planned(now)])).told).toEqual(['worker-1 refused guard-mismatch']);
  });

  test('is refused where it is gone, or its plan is not one', async () => {
    await stage();
    writeFileSync(join(root.base, 'staged/plan.json'), '{}');
    expect((await find([planned()])).messages[0]).toContain('cannot be used');
    rmSync(join(root.base, 'staged'), { recursive: true });
    expect((await find([planned()])).messages).toEqual(['nothing is staged on this host']);
  });

  test('is not asked for where nothing is to change, and a host that is lost hides no other', async () => {
    await stage();
    const open: OpenHost = host => (host.name === 'worker-2' ? refuses(host) : Promise.resolve(root.connect()));
    expect((await find([planned([])], { open: refuses })).told).toEqual(['worker-1 ok']);
    const { told } = await find([planned(edit(), {}, other), planned()], { open });
    expect(told).toEqual(['worker-2 unreachable connect-refused', 'worker-1 ok']);
  });

  test('of a host with an interrupted run is compared once that run is settled', async () => {
    const { told, staged } = await find([planned(edit(), { unfinished: true })]);
    expect(told).toEqual(['worker-1 ok']);
    expect(() => staged.get('worker-1')?.ready(planned().plan)).toThrow('nothing is staged on this host');
  });
});

describe('apply --stage', () => {
  const drain: DrainAnswer = { feasible: true, pods: [{ namespace: 'shop', name: 'cart-1', verdict: 'move' }] };
  const whole: WholePlan = {
    ...{ results: [], pieces: {}, notes: undefined, side: undefined },
    close: async () => undefined,
  };
  const run = async (hosts: readonly PlannedHost[]) => {
    const asked = options();
    const code = await stagePlan(
      hosts.map(({ result }) => result),
      whole,
      {
        ...asked,
        options: { ...asked.options, output: 'json', yes: true },
        planned: new Map(hosts.map(host => [host.host.name, host])),
        startedAt: new Date('2026-11-21T01:00:00Z'),
      },
    );
    return { code, run: runSchema.parse(JSON.parse(asked.context.written.out)) };
  };

  test('tells of hosts with something to stage, those without, and what their drain will do', async () => {
    const first = planned();
    const { code, run: told } = await run([{ ...first, result: { ...first.result, drain } }, planned([], {}, other)]);
    expect(code).toBe(0);
    expect(told.hosts).toMatchObject([
      { host: 'worker-1', outcome: 'unchanged', staged: { packages: [] }, drain },
      { host: 'worker-2', outcome: 'unchanged', staged: { packages: [] }, changes: [] },
    ]);
    expect(root.fingerprint()).toBe(before);
  });

  test('stages nothing on a host that was refused', async () => {
    const refused = planned();
    const error = { code: 'joined-node', message: 'a node' };
    const { code, run: told } = await run([{ ...refused, result: { ...refused.result, state: 'refused', error } }]);
    expect(code).toBe(5);
    expect(told.hosts[0]).toMatchObject({ state: 'refused', error });
    expect(told.hosts[0]).not.toHaveProperty('staged');
    expect(existsSync(join(root.base, 'staged'))).toBe(false);
  });
});
