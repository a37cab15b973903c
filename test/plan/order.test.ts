import { expect, test } from 'vitest';
import type { Change, ServiceChange } from '../../src/changes/change.ts';
import { orderChanges } from '../../src/plan/order.ts';

const service = (change: Partial<ServiceChange>): ServiceChange => ({
  kind: 'service',
  id: 'service:a',
  target: 'a',
  unit: 'a',
  summary: 'enabled',
  because: 'x',
  phase: 'resume',
  disruption: 'none',
  reversible: true,
  before: { unitFileState: 'disabled', activeState: 'active' },
  ...change,
});

test('one hold is enough, whoever wishes for it', () => {
  const hold: Change = {
    ...{ kind: 'hold', manager: 'apt', id: 'hold:runc', target: 'runc', name: 'runc', hold: true },
    ...{ summary: 'runc held', because: 'a test', phase: 'stage', disruption: 'none', reversible: true },
  };
  expect(orderChanges([hold, { ...hold, settings: ['of a handler'] }])).toEqual([hold]);
});

test('several wishes for one unit become one change that holds the worst of each', () => {
  const merged = orderChanges([
    service({ action: 'restart', disruption: 'restart', summary: 'restarted', because: 'y', needsNoSandboxes: true }),
    service({ enabled: true, action: 'reload', disruption: 'reload' }),
  ]);
  expect(merged).toEqual([
    service({
      enabled: true,
      action: 'restart',
      disruption: 'restart',
      summary: 'restarted, enabled',
      because: 'y; x',
      needsNoSandboxes: true,
      settings: [],
    }),
  ]);
});

test('phases decide the order, installers within a phase', () => {
  const order = orchestrate(['resume', 'stage', 'switch', 'stage']);
  expect(order).toEqual(['1', '3', '2', '0']);
});

const orchestrate = (phases: readonly ('stage' | 'switch' | 'resume')[]) =>
  orderChanges(phases.map((phase, index) => service({ id: String(index), phase }))).map(({ id }) => id);

test('two different changes of one name are our bug', () => {
  const module = { ...service({}), kind: 'module' as const, name: 'a' };
  expect(() => orderChanges([module, module])).toThrow('two changes are called service:a');
});
