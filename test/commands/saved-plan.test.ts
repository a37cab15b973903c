import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import type { PlannedHost } from '../../src/commands/plan-hosts.ts';
import { loadSavedPlan, refuseDifferences, requirePlace, savePlan } from '../../src/commands/saved-plan.ts';
import type { HostResult } from '../../src/core/result.ts';
import type { InventoryHost } from '../../src/inventory/inventory.ts';
import { sysctlChange } from '../apply/host-root.ts';
import { hostsNamed, inventoryOf, testContext } from './support.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nodeprep-plan-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const at = (name = 'plan.json') => join(directory, name);

const hosts = hostsNamed('a', 'b');
const [a, b] = hosts;
if (a === undefined || b === undefined) throw new Error('two hosts');
const inventory = inventoryOf(hosts);
const context = testContext();
const forward = sysctlChange('net.ipv4.ip_forward', '1', '0');

const plannedHost = (host: InventoryHost, changes: readonly Change[], over: Partial<PlannedHost> = {}): PlannedHost => {
  const result: HostResult = { host: host.name, address: host.address, state: 'ok', findings: [], changes: [] };
  const plan = { host: host.name, changes, later: [], refusals: [] };
  return { host, plan, findings: [], result, unfinished: false, ...over };
};
const save = (planned: readonly PlannedHost[], path = at()): void =>
  savePlan(
    path,
    { inventory, planned: new Map(planned.map(each => [each.host.name, each])), cluster: undefined, losses: new Map() },
    context,
  );
const compare = (planned: readonly PlannedHost[], saved = loadSavedPlan(at(), inventory, context)) =>
  refuseDifferences(
    { results: planned.map(({ result }) => result), planned: new Map(planned.map(each => [each.host.name, each])) },
    saved,
  );

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('a plan on disk', () => {
  test('is readable by its owner only, and the only file that is left', () => {
    save([plannedHost(a, [forward])]);
    expect((statSync(at()).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(directory)).toEqual(['plan.json']);
  });

  test('replaces another one whole, also one that everybody could read', () => {
    writeFileSync(at(), 'an old plan');
    chmodSync(at(), 0o644);
    save([plannedHost(a, [forward])]);
    expect((statSync(at()).mode & 0o777).toString(8)).toBe('600');
    expect(loadSavedPlan(at(), inventory, context).hosts.a?.changes).toHaveLength(1);
  });

  test('leaves nothing behind where it cannot be written', () => {
    mkdirSync(at('taken'));
    expect(() => save([plannedHost(a, [forward])], at('taken'))).toThrow(/the plan cannot be written to .*taken/);
    expect(readdirSync(directory)).toEqual(['taken']);
  });

  test('holds no host that would be refused', () => {
    const refused = plannedHost(b, [], {
      plan: { host: 'b', changes: [], later: [], refusals: [{ code: 'joined-node', message: 'x' }] },
    });
    save([plannedHost(a, [forward]), refused]);
    expect(Object.keys(loadSavedPlan(at(), inventory, context).hosts)).toEqual(['a']);
  });

  test.each([
    ['a directory that is not there', () => at('no/plan.json'), /no such file or directory/],
    [
      'a directory',
      () => {
        mkdirSync(at('dir'));
        return at('dir');
      },
      /it is a directory/,
    ],
  ])('%s is told as a wrong command line before any host is asked', (_, path, reason) => {
    const error = thrownBy(() => requirePlace(path()));
    expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(reason) });
  });
});

describe('a saved plan is not used', () => {
  test.each([
    ['that is not there', () => undefined, 'usage', /cannot be read: no such file/],
    ['that is a directory', () => mkdirSync(at()), 'usage', /cannot be read: illegal operation on a directory/],
    ['that is no JSON', () => writeFileSync(at(), 'changes: []'), 'plan-stale', /not a plan that nodeprep saved/],
    ['that is another JSON', () => writeFileSync(at(), '{"schemaVersion":1}'), 'plan-stale', /at toolVersion/],
    ['that is empty', () => writeFileSync(at(), ''), 'plan-stale', /not a plan/],
  ])('%s', (_, prepare, code, message) => {
    prepare();
    const error = thrownBy(() => loadSavedPlan(at(), inventory, context));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error).toMatchObject({ message: expect.stringContaining('plan.json') });
  });

  test('for another inventory or by another nodeprep', () => {
    save([plannedHost(a, [forward])]);
    const other = inventoryOf(hosts, 'b'.repeat(64));
    const newer = testContext({ toolVersion: '9.9.9' });
    expect(thrownBy(() => loadSavedPlan(at(), other, context))).toMatchObject({
      code: 'plan-stale',
      message: expect.stringContaining('another inventory'),
      hint: expect.stringContaining('--out'),
    });
    expect(thrownBy(() => loadSavedPlan(at(), inventory, newer))).toMatchObject({ code: 'plan-stale' });
  });
});

describe('comparing with what was agreed to', () => {
  test('the same plan goes on', () => {
    save([plannedHost(a, [forward])]);
    expect(compare([plannedHost(a, [forward])])).toEqual([plannedHost(a, [forward]).result]);
  });

  test('a host that differs is refused, with all that differs; the others go on', () => {
    save([plannedHost(a, [forward]), plannedHost(b, [forward])]);
    const changed = [sysctlChange('net.ipv4.ip_forward', '1', null), sysctlChange('net.b', '1', '0')];
    const [first, second] = compare([plannedHost(a, changed), plannedHost(b, [forward])]);
    expect(first).toMatchObject({ state: 'refused', error: { code: 'guard-mismatch' } });
    expect(first?.error?.message.split('\n')).toEqual([
      expect.stringMatching(/sysctl:net\.ipv4\.ip_forward .* differs/),
      expect.stringMatching(/sysctl:net\.b .* is new/),
    ]);
    expect(second?.state).toBe('ok');
  });

  test('a host that could not be planned stays what it is', () => {
    save([plannedHost(a, [forward])]);
    const unreachable: HostResult = { ...plannedHost(a, []).result, state: 'unreachable' };
    const saved = loadSavedPlan(at(), inventory, context);
    expect(refuseDifferences({ results: [unreachable], planned: new Map() }, saved)).toEqual([unreachable]);
  });

  test('a host with an interrupted run is compared once that is settled', () => {
    save([plannedHost(a, [forward])]);
    const halfDone = plannedHost(a, [sysctlChange('net.b', '1', '0')], { unfinished: true });
    expect(compare([halfDone])).toEqual([halfDone.result]);
  });

  test('the file holds no content of what is changed', () => {
    const secret: Change = { ...forward, value: 'hunter2' };
    save([plannedHost(a, [secret])]);
    expect(readFileSync(at(), 'utf8')).not.toContain('hunter2');
  });
});
