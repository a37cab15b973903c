import { describe, expect, test } from 'vitest';
import { buildHostPlan } from '../../src/plan/build-plan.ts';
import { decodePlan, encodePlan, planFits, type SavedPlan, savedDifferences } from '../../src/plan/plan-file.ts';
import { plannedChanges } from '../../src/plan/planned-changes.ts';
import { desiredNode } from '../desired.ts';
import { aFile } from '../host-file.ts';
import { bareFacts, now, observed, type PlanFacts } from './facts.ts';
import { afterChanges } from './simulate.ts';

const mask = (text: string) => text.replaceAll('hunter2', 'masked-1');
const plan = (facts: Partial<PlanFacts> = {}, desired = desiredNode()) =>
  buildHostPlan(observed(facts), desired, { withoutDrain: false, allowIrreversible: false, mask });

const head = { toolVersion: '0.1.0', inventorySha256: 'ab', salt: '0123456789abcdef0123456789abcdef' };
const encode = (facts: Partial<PlanFacts> = {}) =>
  encodePlan({ ...head, hosts: [{ address: '10.0.0.1', plan: plan(facts) }] });
const saved = (facts: Partial<PlanFacts> = {}): SavedPlan => {
  const decoded = decodePlan(encode(facts));
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.plan;
};
const messages = (from: SavedPlan, facts: Partial<PlanFacts>, address = '10.0.0.1') =>
  savedDifferences(from, address, plan(facts)).map(({ code, message }) => `${code}: ${message}`);

describe('a saved plan', () => {
  test('holds what was shown and how to recognise it', () => {
    const host = saved().hosts['worker-1'];
    expect(host?.changes.map(({ id }) => id)).toEqual(plan().changes.map(({ id }) => id));
    expect(host?.later).toEqual(plan().later);
  });

  test('fits its own host, also one that is as desired by now', () => {
    expect(messages(saved(), {})).toEqual([]);
    const installed = afterChanges(bareFacts, plan().changes);
    const settled = afterChanges(installed, plan(installed).changes);
    expect(messages(saved(), settled)).toEqual([]);
  });

  test('names what the host has moved on to', () => {
    const sysctl = { ...bareFacts.sysctl, 'net.ipv4.ip_forward': '2' };
    expect(messages(saved(), { sysctl })).toEqual([
      expect.stringMatching(/^guard-mismatch: .*sysctl:net\.ipv4\.ip_forward .*differs$/),
    ]);
    expect(messages(saved(), { sysctl: { ...sysctl, 'net.ipv4.ip_forward': '1' } })).toEqual([
      expect.stringContaining('is no longer needed'),
    ]);
    const swap = { ...bareFacts.swap, active: [{ device: '/s', type: 'file', sizeKib: 1, usedKib: 0 }] };
    expect(messages(saved(), { swap })).toEqual([expect.stringContaining('swap:/s')]);
  });

  test('is for one address', () => {
    expect(messages(saved(), {}, '10.0.0.2')).toEqual([
      expect.stringMatching(/^plan-stale: .*10\.0\.0\.1.*10\.0\.0\.2/),
    ]);
  });

  test('is not for a host that it does not name', () => {
    expect(messages({ ...saved(), hosts: {} }, {})).toEqual([expect.stringContaining('not in the saved plan')]);
  });

  test('that left the version to apply takes what the range allows', () => {
    const stale = { packages: { ...bareFacts.packages, listsUpdatedSeconds: now - 200_000 } };
    expect(messages(saved(stale), {})).toEqual([]);
    expect(messages(saved(), stale)).toEqual([expect.stringContaining('package:containerd')]);
  });

  test('holds no secret, and still notices that one changed', () => {
    const facts = (secret: string): PlanFacts => {
      const installed = afterChanges(bareFacts, plan().changes);
      const config = aFile('/etc/containerd/config.toml', `version = 2\n[x]\npassword = "${secret}"\n`);
      return { ...installed, containerd: { ...installed.containerd, config } };
    };
    const text = encode(facts('hunter2'));
    expect(text).toContain('masked-1');
    expect(text).not.toContain('hunter2');
    expect(messages(saved(facts('hunter2')), facts('hunter3'))).toEqual([expect.stringContaining('config.toml')]);
  });
});

describe('refused before any host is asked', () => {
  test('another tool, another inventory', () => {
    expect(planFits(saved(), head)).toBeUndefined();
    expect(planFits(saved(), { ...head, toolVersion: '0.2.0' })).toMatchObject({ code: 'plan-stale' });
    expect(planFits(saved(), { ...head, inventorySha256: 'cd' })).toMatchObject({ code: 'plan-stale' });
  });

  test.each(['', 'null', '[]', '{"schemaVersion":2}', 'not json'])('%s', text => {
    expect(decodePlan(text)).toMatchObject({ ok: false, refusal: { code: 'plan-stale' } });
  });
});

test('reports see later settings as changes of kind later', () => {
  const shown = plannedChanges(plan());
  expect(shown.filter(({ kind }) => kind === 'later')).toHaveLength(4);
  expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
});
