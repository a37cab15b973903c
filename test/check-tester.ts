import { describe, expect, test } from 'vitest';
import type { Check, FleetCheck } from '../src/checks/check.ts';
import { judgeFleet, judgeHost } from '../src/checks/judge.ts';
import { known, unknown } from '../src/core/observed.ts';
import type { Finding, Severity } from '../src/core/result.ts';
import type { FactId, FactValues, ObservedFacts } from '../src/facts/index.ts';
import { type DesiredOverrides, desiredNode } from './desired.ts';

interface Row<N extends FactId> {
  readonly name: string;
  readonly facts: Pick<FactValues, N>;
  readonly desired?: DesiredOverrides;
}

type Text = string | RegExp;
interface Expected {
  readonly observed?: Text;
  readonly expected?: Text;
  readonly message?: Text;
  readonly remedy?: Text;
  readonly severity?: Severity;
  readonly fixedByApply?: boolean;
}

interface Rows<R, U = R> {
  readonly pass: readonly (R & Pick<Expected, 'observed'>)[];
  readonly fail: readonly (R & Expected)[];
  readonly skip?: readonly (R & { readonly reason: Text })[];
  readonly unknown?: readonly (U & { readonly reason: Text })[];
}

const today = '2026-11-21';

/**
 * A check is tested by rows of facts, as eslint tests its rules. What no row has to say is asked of every check:
 * an unreadable fact makes it unknown, facts stay as they are, and a failure tells people all that they need.
 */
export const testCheck = <N extends FactId>(check: Check<N>, rows: Rows<Row<N>>): void => {
  const judge = (row: Row<N>): Finding =>
    only(judgeHost([check], observe(check, row.facts), desiredNode(row.desired), today));

  describe(check.id, () => {
    testRows(check, rows, judge);
    const [sample] = rows.pass;
    const needs = check.needsOn?.(desiredNode(rows.pass[0]?.desired)) ?? check.needs;
    test.each(needs.map(id => ({ id })))('unknown: $id could not be read', ({ id }) => {
      if (sample === undefined) throw new Error('a check needs a row that passes');
      const facts = { ...observe(check, sample.facts), [id]: unknown('no answer') };
      const finding = only(judgeHost([check], facts, desiredNode(sample.desired), today));
      expect(finding).toMatchObject({ status: 'unknown', message: expect.stringContaining('no answer') });
    });
  });
};

/** Hosts by name. What happens to a host that could not be read is the same for all: test/checks/judge.test.ts. */
export interface FleetRow<N extends FactId> {
  readonly name: string;
  readonly hosts: Readonly<Record<string, Pick<FactValues, N>>>;
}

export const testFleetCheck = <N extends FactId>(check: FleetCheck<N>, rows: Rows<FleetRow<N>>): void => {
  const judge = (row: FleetRow<N>): Finding => {
    const hosts = Object.entries<Pick<FactValues, N>>(row.hosts).map(
      ([host, facts]) => [host, { facts: observe(check, facts), desired: desiredNode({ host }) }] as const,
    );
    return only(judgeFleet([check], new Map(hosts), today));
  };
  describe(check.id, () => testRows(check, rows, judge));
};

const testRows = <R extends { readonly name: string }>(
  { severity, fixable }: Pick<Check, 'severity' | 'fixable'>,
  rows: Rows<R>,
  judge: (row: R) => Finding,
): void => {
  test('has rows that pass and rows that fail', () => {
    expect(rows.pass.length).toBeGreaterThan(0);
    expect(rows.fail.length).toBeGreaterThan(0);
  });
  test('says whether apply can repair it', () => {
    expect(rows.fail.map(judge).some(finding => finding.fixedByApply)).toBe(fixable === true);
  });
  test.each(rows.pass)('pass: $name', row => {
    const finding = judge(row);
    expect(finding.status, finding.message).toBe('pass');
    expect(finding.observed).not.toBe('');
    matches(finding.observed, row.observed);
  });
  test.each(rows.fail)('fail: $name', row => {
    const finding = judge(row);
    expect(finding.status, finding.message).toBe('fail');
    expect(finding.severity).toBe(row.severity ?? severity);
    for (const text of [finding.message, finding.observed, finding.expected, finding.remedy]) {
      expect(text).toMatch(/\S/);
      expect(text).not.toMatch(/undefined|\[object|NaN|\.$/);
    }
    for (const field of ['message', 'observed', 'expected', 'remedy'] as const) matches(finding[field], row[field]);
    if (row.fixedByApply !== undefined) expect(finding.fixedByApply).toBe(row.fixedByApply);
  });
  test.each(rows.skip ?? [])('skip: $name', row => {
    const finding = judge(row);
    expect(finding.status, finding.message).toBe('skip');
    matches(finding.message, row.reason);
  });
  test.each(rows.unknown ?? [])('unknown: $name', row => {
    const finding = judge(row);
    expect(finding.status, finding.message).toBe('unknown');
    matches(finding.message, row.reason);
  });
};

const matches = (actual: string | undefined, wanted: Text | undefined): void => {
  if (wanted === undefined) return;
  if (typeof wanted === 'string') expect(actual).toBe(wanted);
  else expect(actual).toMatch(wanted);
};

const only = (findings: readonly Finding[]): Finding => {
  const [finding, ...more] = findings;
  if (finding === undefined || more.length > 0)
    throw new Error(`expected one finding, got ${JSON.stringify(findings)}`);
  return finding;
};

/** What the row names is frozen, so that a check that writes to its facts throws; reading what it does not need does not compile. */
const observe = <N extends FactId>(
  check: { readonly needs: readonly N[] },
  facts: Pick<FactValues, N>,
): ObservedFacts => Object.fromEntries(check.needs.map(id => [id, known(freeze(facts[id]))])) as ObservedFacts;

const freeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
};
