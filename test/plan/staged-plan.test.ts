import { describe, expect, test } from 'vitest';
import type { Change, PackageChange } from '../../src/changes/change.ts';
import type { StagedPackage } from '../../src/core/result.ts';
import type { HostPlan } from '../../src/plan/host-plan.ts';
import { encodePlan } from '../../src/plan/plan-file.ts';
import { readyPlan, type StagedRecord } from '../../src/plan/staged-plan.ts';

const head = { toolVersion: '0.1.0', inventorySha256: 'ab' };
const address = '10.0.0.1';
const containerd = (over: Partial<PackageChange> = {}): PackageChange => ({
  ...{ id: 'package:containerd', target: 'containerd', summary: '', because: '', phase: 'stage' },
  ...{ disruption: 'none', reversible: true, kind: 'package', manager: 'apt', name: 'containerd' },
  ...{ version: '1.7.24-1', range: null, before: null, holds: [] },
  ...over,
});
const planOf = (...changes: readonly Change[]): HostPlan => ({ host: 'a', changes, later: [], refusals: [] });
const fetched: StagedPackage = {
  of: 'containerd',
  role: 'new',
  name: 'containerd',
  version: '1.7.24-1',
  sha256: 'f'.repeat(64),
};
const stagedFor = (plan: HostPlan, packages: readonly StagedPackage[] = [fetched]): StagedRecord => ({
  plan: encodePlan({ ...head, salt: 'f'.repeat(32), hosts: [{ address, plan }] }),
  packages,
});
const ready = (staged: StagedRecord | undefined, plan: HostPlan, now = head, at = address) => {
  const found = readyPlan(staged, at, plan, now);
  return found.ok ? found.plan : found.refusals.map(({ code, message }) => `${code}: ${message}`).join('\n');
};

describe('a plan with what is staged', () => {
  const plan = planOf(containerd());

  test('is ready where it is the same', () => expect(ready(stagedFor(plan), plan)).toEqual(plan));

  test('installs the version that was fetched where nobody can tell any more which one is on offer', () => {
    const unresolved = planOf(containerd({ version: null }));
    expect(ready(stagedFor(plan), unresolved)).toEqual(plan);
    expect(ready(stagedFor(unresolved), unresolved)).toEqual(plan);
    expect(ready(stagedFor(unresolved), plan)).toEqual(plan);
  });

  test('of a host with nothing to do needs nothing', () => expect(ready(undefined, planOf())).toEqual(planOf()));

  test.each([
    ['nothing is staged', undefined, plan, head, address, /^guard-mismatch: nothing is staged/],
    [
      'another version',
      stagedFor(plan),
      planOf(containerd({ version: '1.7.25-1' })),
      head,
      address,
      /containerd.* differs/,
    ],
    ['another change', stagedFor(plan), planOf(containerd(), containerd({ id: 'b' })), head, address, /b .*is new/],
    [
      'one change less',
      stagedFor(planOf(containerd(), containerd({ id: 'b' }))),
      plan,
      head,
      address,
      /no longer needed/,
    ],
    ['another address', stagedFor(plan), plan, head, '10.0.0.2', /10\.0\.0\.1.*10\.0\.0\.2/],
    ['another inventory', stagedFor(plan), plan, { ...head, inventorySha256: 'cd' }, address, /another inventory/],
    ['another nodeprep', stagedFor(plan), plan, { ...head, toolVersion: '0.2.0' }, address, /0\.1\.0.*0\.2\.0/],
    ['a file that is gone', stagedFor(plan, [{ ...fetched, sha256: null }]), plan, head, address, /packages are gone/],
    ['no plan', { plan: '{}', packages: [] }, plan, head, address, /cannot be used/],
  ] as const)('is refused: %s', (_, staged, now, tool, at, message) => {
    const told = ready(staged, now, tool, at);
    expect(told).toMatch(/^guard-mismatch: /);
    expect(told).toMatch(message);
  });
});
