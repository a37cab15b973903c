import { describe, expect, test } from 'vitest';
import { defineCheck, defineFleetCheck } from '../../src/checks/check.ts';
import { judgeFleet, judgeHost } from '../../src/checks/judge.ts';
import { countsAsError } from '../../src/core/exit-code.ts';
import { known, type Observed, unknown } from '../../src/core/observed.ts';
import type { Finding, Waiver } from '../../src/core/result.ts';
import type { Filesystems } from '../../src/facts/filesystems.ts';
import type { ObservedFacts } from '../../src/facts/index.ts';
import { desiredNode } from '../desired.ts';

const today = '2026-11-21';
const source = 'https://example.com/rule';
const counts = (finding: Finding) => countsAsError(finding, today, false);

const overlay = defineCheck({
  id: 'overlay',
  title: 'Overlay is there',
  severity: 'error',
  source,
  needs: ['filesystems'],
  evaluate({ filesystems }) {
    if (filesystems.includes('boom')) throw new Error('did not think of this');
    if (filesystems.includes('overlay')) return { status: 'pass', observed: 'overlay' };
    return {
      status: 'fail',
      message: 'no overlay',
      observed: 'none',
      expected: 'overlay',
      remedy: 'modprobe overlay',
      fixedByApply: true,
    };
  },
});

const sameNumber = defineFleetCheck({
  id: 'same-number',
  title: 'Hosts have as many file systems',
  severity: 'warning',
  source,
  needs: ['filesystems'],
  evaluate: hosts =>
    new Set([...hosts.values()].map(host => host.filesystems.length)).size === 1
      ? [{ status: 'pass', observed: `${hosts.size} hosts` }]
      : [
          {
            status: 'fail',
            message: 'they differ',
            observed: 'a',
            expected: 'b',
            remedy: 'c',
            fixedByApply: false,
            severity: 'error',
          },
        ],
});

const facts = (filesystems: Observed<Filesystems>): ObservedFacts => ({ filesystems }) as ObservedFacts;
const waiver = (expires: string): Waiver => ({ owner: 'ops@example.com', reason: 'test machines', expires });
const judge = (filesystems: Observed<Filesystems>, waivers: Readonly<Record<string, Waiver>> = {}) =>
  judgeHost([overlay], facts(filesystems), desiredNode({ waivers }), today);

describe('judgeHost', () => {
  test('pass carries what was seen', () => {
    expect(judge(known(['overlay']))).toEqual([
      {
        check: 'overlay',
        title: 'Overlay is there',
        status: 'pass',
        severity: 'error',
        message: 'Overlay is there',
        observed: 'overlay',
        fixedByApply: false,
        source,
      },
    ]);
  });

  test('a fact that could not be read is unknown with its reason, and never a pass', () => {
    expect(judge(unknown('needs root'))).toMatchObject([
      { status: 'unknown', message: 'needs root', fixedByApply: false },
    ]);
  });

  test('a check that throws is our bug, told as unknown; the others still count', () => {
    const findings = judgeHost([overlay, { ...overlay, id: 'second' }], facts(known(['boom'])), desiredNode(), today);
    expect(findings).toMatchObject([
      { status: 'unknown', message: "a bug in nodeprep's check overlay: did not think of this" },
      { check: 'second', status: 'unknown' },
    ]);
  });

  test('only an unwaived fail of severity error counts', () => {
    const [fail] = judge(known([]));
    if (fail === undefined) throw new Error('no finding');
    expect(counts(fail)).toBe(true);
    expect(counts({ ...fail, severity: 'warning' })).toBe(false);
    expect(counts({ ...fail, waiver: waiver(today) })).toBe(false);
    for (const status of ['pass', 'skip', 'unknown'] as const) expect(counts({ ...fail, status })).toBe(false);
  });
});

describe('waivers', () => {
  test.each(['2026-11-21', '2026-11-22', '2027-01-31'])('holds until the end of %s', expires => {
    const findings = judge(known([]), { overlay: waiver(expires) });
    expect(findings).toMatchObject([{ check: 'overlay', status: 'fail', waiver: { expires } }]);
    expect(findings.filter(counts)).toEqual([]);
  });

  test('after its date the finding counts again and the waiver itself is an error', () => {
    const findings = judge(known([]), { overlay: waiver('2026-11-20') });
    expect(findings.filter(counts).map(finding => finding.check)).toEqual(['overlay', 'waiver-expired']);
    expect(findings[1]).toMatchObject({
      message: 'the waiver of overlay ran out on 2026-11-20',
      observed: 'ops@example.com: test machines',
    });
  });

  test('an expired waiver of a check that passes is an error as well', () => {
    expect(judge(known(['overlay']), { overlay: waiver('2020-01-01') }).filter(counts)).toHaveLength(1);
  });

  test('only a fail carries a waiver', () => {
    for (const observed of [known(['overlay']), unknown('needs root')]) {
      expect(judge(observed, { overlay: waiver('2027-01-31') })[0]).not.toHaveProperty('waiver');
    }
  });
});

describe('judgeFleet', () => {
  const host = (filesystems: Observed<Filesystems>, waivers: Readonly<Record<string, Waiver>> = {}) => ({
    facts: facts(filesystems),
    desired: desiredNode({ waivers }),
  });
  const fleet = (hosts: Readonly<Record<string, ReturnType<typeof host>>>) =>
    judgeFleet([sameNumber], new Map(Object.entries(hosts)), today);

  test('one host has nothing to be compared with', () => expect(fleet({ a: host(known([])) })).toEqual([]));

  test('compares what is known and names who could not be read', () => {
    expect(fleet({ a: host(known([])), b: host(known([])), c: host(unknown('no answer')) })).toMatchObject([
      { check: 'same-number', status: 'pass', observed: '2 hosts' },
      { check: 'same-number', status: 'unknown', message: 'c: no answer' },
    ]);
  });

  test('one readable host of two compares nothing', () => {
    expect(fleet({ a: host(known([])), b: host(unknown('no answer')) })).toMatchObject([{ status: 'unknown' }]);
  });

  test('the verdict may raise the severity', () => {
    expect(fleet({ a: host(known([])), b: host(known(['x'])) })).toMatchObject([{ status: 'fail', severity: 'error' }]);
  });

  test('a waiver counts only where it holds for every host', () => {
    const waived = { 'same-number': waiver('2027-01-31') };
    expect(fleet({ a: host(known([]), waived), b: host(known(['x']), waived) })[0]).toHaveProperty('waiver');
    expect(fleet({ a: host(known([]), waived), b: host(known(['x'])) })[0]).not.toHaveProperty('waiver');
  });
});
